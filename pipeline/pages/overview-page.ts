import { dueRun, nextDueAt } from '../../tasks/artifacts/run-dates.ts';
import { type Html, html } from '../../tasks/runtime/html.ts';
import type { Champion } from '../models/champion.ts';
import type { Verdict } from '../models/verdict.ts';
import { decisionText } from '../models/verdict-text.ts';
import { alertsOf, lateness } from '../monitoring/alert.ts';
import { durationText, medianSecondsOf } from '../monitoring/durations.ts';
import {
  isReadable,
  type KnownRun,
  type ReadableRun,
  type RunReport,
  scoreOf,
  type TaskReport,
  warningsOf,
} from '../monitoring/run-report.ts';
import type { Dag } from '../orchestrator/dag.ts';
import { type Controls, layout, section } from './layout.ts';
import { legend, mark, stateMark } from './marks.ts';
import { ageText, momentText, runText } from './texts.ts';
import { trendChart } from './trend-chart.ts';

export interface Overview {
  readonly dag: Dag;
  readonly storeUrl: string;
  readonly lateAfterSeconds: number;
  /** Newest first. */
  readonly runs: readonly KnownRun[];
  /** Undefined where there is none, or none that can be read. */
  readonly champion: Champion | undefined;
  /** On the model of the latest run that succeeded. */
  readonly verdict: Verdict | undefined;
  readonly now: Date;
  /** What can be done, where the page is served live. */
  readonly controls?: Controls | undefined;
}

/** Rows of the grid that are not folded away, and runs that the trends show. */
const openRows = 30;
const trendRuns = 60;
const shownEvents = 20;

/** All runs on one page: which model is current, what is wrong, the grid of runs and tasks, trends, events. */
export function overviewPage(overview: Overview): string {
  const { dag, storeUrl, runs, now, controls } = overview;
  const readable = runs.filter(isReadable);
  const reports = readable.map(({ report }) => report);
  return layout({
    title: `${dag.dagId}: ${reports[0] ? `run ${runText(reports[0].timestamp)} ${reports[0].state}` : 'no runs yet'}`,
    header: html`<p class="written">${dag.dagId} · ${storeUrl} · as of ${momentText(now)}</p>
${modelState(overview, reports)}
${troubles(overview, readable)}
`,
    controls,
    sections: [grid(overview), ...trends(dag, reports), ...events(reports)],
    footer: html`${dag.description}. Times are UTC.`,
    kind: controls ? 'live' : 'stored',
  });
}

/** Which run's model is to be used (the newest one where there is no champion), how old it is, and when the next is due. */
function modelState(overview: Overview, reports: readonly RunReport[]): Html {
  const { dag, champion, verdict, now } = overview;
  const newest = reports.find(({ state, metrics }) => state === 'success' && metrics !== null);
  const found = champion ? reports.find(({ timestamp }) => timestamp === champion.timestamp) : newest;
  // its run may be cleared, or too old to be read here
  const current = champion
    ? {
        timestamp: champion.timestamp,
        endedAt: found?.endedAt ?? champion.decidedAt,
        accuracy: champion.scores.accuracy,
      }
    : newest && { timestamp: newest.timestamp, endedAt: newest.endedAt, accuracy: scoreOf(newest, 'accuracy') };
  const next = `The next run is due at ${momentText(nextDueAt(dag.schedule, now))}.`;
  if (!current) return html`<h1>No model yet</h1>\n<p class="lede">${next}</p>`;
  const { timestamp, endedAt, accuracy } = current;
  const age = endedAt === null ? '' : `, ${ageText((now.getTime() - Date.parse(endedAt)) / 1000)}`;
  const score = typeof accuracy !== 'number' ? '' : `Its accuracy is ${accuracy.toFixed(4)}. `;
  const newer =
    verdict && newest && newest.timestamp > timestamp
      ? html`\n<p>The run of ${runText(newest.timestamp)} is newer: ${decisionText(verdict)}.</p>`
      : html``;
  return html`<h1>The model of ${runText(timestamp)} is ${champion ? 'champion' : 'current'}${age}</h1>
<p class="lede">${score}${next}</p>${newer}`;
}

/** What is wrong now: with the run that is due and those after it, with the current model, with records. */
function troubles({ dag, lateAfterSeconds, runs, now }: Overview, readable: readonly ReadableRun[]): Html {
  const records = readable.map(({ record }) => record);
  const medianSeconds = medianSecondsOf(records.slice(0, openRows));
  const limits = { isRetryAlerted: true, lateAfterSeconds, medianSeconds };
  const due = dueRun(dag.schedule, now);
  const dueRecord = records.find(({ timestamp }) => timestamp === due?.timestamp);
  const recent = records.filter(({ timestamp }) => timestamp >= (due?.timestamp ?? ''));
  const alerts = [
    ...(due ? lateness(dag, due, dueRecord, limits, now) : []),
    ...recent.flatMap((record) => alertsOf(dag, record, limits, now)),
  ];
  const current = readable.find(({ report }) => report.state === 'success')?.report;
  const texts = [
    ...alerts.map(({ timestamp, taskId, event, reason }) =>
      [`Run ${runText(timestamp)}`, taskId, `${event}:`, reason].filter(Boolean).join(' '),
    ),
    ...(current ? warningsOf(current).map((warning) => `The current model: ${warning}`) : []),
    ...runs.flatMap((run) => ('unreadable' in run ? [run.unreadable] : [])),
  ];
  if (texts.length === 0) return html``;
  return html`<ul class="troubles" aria-label="What is wrong">${texts.map((text) => html`<li>${text}</li>`)}</ul>`;
}

function grid({ dag, runs }: Overview): Html {
  const reports = runs.flatMap((run) => ('unreadable' in run ? [] : [run.report]));
  if (reports.length === 0) return section('runs', 'Runs', html`<p>There are no runs yet.</p>`);
  const tasks = dag.tasks.map(({ taskId }) => taskId);
  const longest = new Map(tasks.map((taskId) => [taskId, longestSeconds(reports, taskId)]));
  const table = (some: readonly RunReport[], caption: string) => html`<table class="grid" aria-label="${caption}">
<thead><tr><th scope="col">run</th>${tasks.map((task) => html`<th scope="col">${task.replaceAll('_', ' ')}</th>`)}<th scope="col" class="number took">took</th><th scope="col" class="number score">accuracy</th></tr></thead>
<tbody>
${some.map((report) => gridRow(report, tasks, longest))}
</tbody>
</table>`;
  const older = reports.slice(openRows);
  const rest = html`<details id="older"><summary>${older.length} older runs</summary>${table(older, 'Older runs')}</details>`;
  return section('runs', 'Runs', [
    table(reports.slice(0, openRows), 'Runs and their tasks'),
    ...(older.length > 0 ? [rest] : []),
    legend(['success', 'failed', 'running', 'queued', 'up_for_retry', 'up_for_reschedule', 'upstream_failed', 'none']),
  ]);
}

function gridRow(report: RunReport, tasks: readonly string[], longest: ReadonlyMap<string, number>): Html {
  const { timestamp, startedAt, endedAt } = report;
  const page = pagePath(timestamp);
  const cells = tasks.map((taskId) => {
    const task = report.tasks.find((known) => known.taskId === taskId);
    return task ? html`<td>${gridCell(task, page, longest.get(taskId) ?? 0)}</td>` : html`<td></td>`;
  });
  const took = endedAt === null ? '' : durationText(Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)) / 1000);
  return html`<tr><th scope="row"><a href="${page}">${runText(timestamp)}</a></th>${cells}<td class="number took">${took}</td><td class="number score">${scoreOf(report, 'accuracy')?.toFixed(4) ?? ''}</td></tr>`;
}

function gridCell({ taskId, state, attempts }: TaskReport, page: string, longest: number): Html {
  const seconds = attempts.at(-1)?.seconds;
  const tries = attempts.length > 1 ? `, ${attempts.length} attempts` : '';
  const took = seconds === undefined ? '' : durationText(seconds);
  const share = seconds === undefined || longest === 0 ? 0 : Math.min(100, (100 * seconds) / longest);
  return html`<a class="cell ${state}" href="${page}#${taskId}" aria-label="${taskId} ${state}${tries} ${took}">${mark(state)}<span class="tries">${attempts.length > 1 ? `×${attempts.length}` : ''}</span><svg class="bar" aria-hidden="true"><rect width="${share.toFixed(0)}%" height="100%"/></svg><span class="seconds">${took}</span></a>`;
}

function longestSeconds(reports: readonly RunReport[], taskId: string): number {
  return reports
    .flatMap(({ tasks }) => tasks.filter((task) => task.taskId === taskId))
    .reduce((most, { attempts }) => Math.max(most, attempts.at(-1)?.seconds ?? 0), 0);
}

const scores = [
  ['accuracy', 'accuracy'],
  ['ROC AUC', 'roc_auc'],
  ['precision', 'precision'],
  ['recall', 'recall'],
] as const;

/** Scores, and how long each task took where it succeeded. */
function trends(dag: Dag, reports: readonly RunReport[]): Html[] {
  const shown = reports.slice(0, trendRuns).toReversed();
  const charts = [
    ...scores.flatMap(([name, key]) =>
      trendChart({ name, values: shown.map((report) => scoreOf(report, key)), text: (value) => value.toFixed(4) }),
    ),
    ...dag.tasks.flatMap(({ taskId }) =>
      trendChart({ name: taskId, values: shown.map((report) => succeededSeconds(report, taskId)), text: durationText }),
    ),
  ];
  return charts.length > 0 ? [section('trends', 'Trends', html`<div class="trends">${charts}</div>`)] : [];
}

function succeededSeconds({ tasks }: RunReport, taskId: string): number | undefined {
  const attempts = tasks.find((task) => task.taskId === taskId)?.attempts ?? [];
  return attempts.findLast((attempt) => attempt.phase === 'ended' && attempt.outcome === 'succeeded')?.seconds;
}

/** The latest attempts that did not succeed. */
function events(reports: readonly RunReport[]): Html[] {
  const found = reports
    .flatMap(({ timestamp, tasks }) =>
      tasks.flatMap(({ taskId, attempts }) =>
        attempts.flatMap((attempt) =>
          attempt.phase === 'ended' && attempt.outcome !== 'succeeded' ? [{ timestamp, taskId, attempt }] : [],
        ),
      ),
    )
    .toSorted((a, b) => b.attempt.endedAt.localeCompare(a.attempt.endedAt))
    .slice(0, shownEvents);
  if (found.length === 0) return [];
  const rows = found.map(
    ({ timestamp, taskId, attempt }) =>
      html`<tr><td class="when">${momentText(attempt.endedAt)}</td><td><a href="${pagePath(timestamp)}#${taskId}">${runText(timestamp)} ${taskId}</a></td><td>${stateMark(attempt.outcome)}</td><td class="reason">${attempt.reason ?? ''}</td></tr>`,
  );
  const table = html`<div class="wide" tabindex="0" role="region" aria-label="Attempts that did not succeed"><table class="stacked">
<thead><tr><th scope="col">when</th><th scope="col">task</th><th scope="col">ended</th><th scope="col">why</th></tr></thead>
<tbody>
${rows}
</tbody>
</table></div>`;
  return [section('events', 'What went wrong lately', table)];
}

function pagePath(timestamp: string): string {
  return `runs/${timestamp}/index.html`;
}
