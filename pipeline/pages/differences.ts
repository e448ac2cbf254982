import { type Html, html } from '../../tasks/runtime/html.ts';
import { decidingSettings, type PublishedRun } from '../monitoring/artifact-report.ts';
import { durationText } from '../monitoring/durations.ts';
import { type RunReport, scoreOf } from '../monitoring/run-report.ts';
import { section } from './layout.ts';
import { groupedText, runText } from './texts.ts';

interface Row {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

const scoreNames = ['accuracy', 'precision', 'recall', 'f1', 'roc_auc', 'log_loss', 'brier_score'];

/** Scores, rows, durations and settings, beside those of the run before. */
export function differences(run: PublishedRun, before: PublishedRun): Html[] {
  const rows = [
    ...scoreRows(run, before),
    ...loanRows(run, before),
    ...secondsRows(run, before),
    ...settingRows(run, before),
  ];
  if (rows.length === 0) return [];
  const table = html`<div class="wide" tabindex="0" role="region" aria-label="Differences"><table>
<thead><tr><td></td><th scope="col" class="number"><a href="../${before.report.timestamp}/index.html">${runText(before.report.timestamp)}</a></th><th scope="col" class="number">this run</th></tr></thead>
<tbody>
${rows.map(({ name, before: then, after }) => html`<tr><th scope="row">${name}</th><td class="number">${then}</td><td class="number">${after}</td></tr>`)}
</tbody>
</table></div>`;
  return [section('differences', 'Against the run before', table)];
}

function scoreRows({ report }: PublishedRun, before: PublishedRun): Row[] {
  return scoreNames.flatMap((name) => {
    const [then, now] = [scoreOf(before.report, name), scoreOf(report, name)];
    return then === undefined || now === undefined
      ? []
      : [{ name, before: then.toFixed(4), after: withChange(now, then) }];
  });
}

function withChange(now: number, then: number): string {
  const change = (now - then).toFixed(4);
  return `${now.toFixed(4)} (${now < then ? '' : '+'}${change})`;
}

function loanRows(run: PublishedRun, before: PublishedRun): Row[] {
  const [then, now] = [rowsOf(before), rowsOf(run)];
  return then === undefined || now === undefined
    ? []
    : [{ name: 'loans', before: groupedText(then), after: groupedText(now) }];
}

function rowsOf({ artifacts }: PublishedRun): number | undefined {
  return artifacts.find(({ name }) => name === 'loans')?.rows ?? undefined;
}

function secondsRows({ report }: PublishedRun, before: PublishedRun): Row[] {
  return report.tasks.flatMap(({ taskId }) => {
    const [then, now] = [secondsOf(before.report, taskId), secondsOf(report, taskId)];
    return then === undefined || now === undefined
      ? []
      : [{ name: `${taskId} ran`, before: durationText(then), after: durationText(now) }];
  });
}

function secondsOf({ tasks }: RunReport, taskId: string): number | undefined {
  const attempts = tasks.find((task) => task.taskId === taskId)?.attempts ?? [];
  return attempts.findLast((attempt) => attempt.phase === 'ended' && attempt.outcome === 'succeeded')?.seconds;
}

/** Only those that changed. */
function settingRows(run: PublishedRun, { artifacts }: PublishedRun): Row[] {
  const [then, now] = [decidingSettings(artifacts), decidingSettings(run.artifacts)];
  return Object.keys(now).flatMap((name) => {
    const [before = '', after = ''] = [then[name], now[name]];
    return before === '' || before === after ? [] : [{ name, before, after }];
  });
}
