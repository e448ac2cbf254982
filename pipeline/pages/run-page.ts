import { type Html, html } from '../../tasks/runtime/html.ts';
import type { LogLine } from '../../tasks/runtime/log.ts';
import type { Champion } from '../models/champion.ts';
import type { Verdict } from '../models/verdict.ts';
import { type ArtifactReport, decidingSettings, type PublishedRun } from '../monitoring/artifact-report.ts';
import type { AttemptLog } from '../monitoring/attempt-logs.ts';
import { durationText } from '../monitoring/durations.ts';
import { type RunReport, warningsOf } from '../monitoring/run-report.ts';
import type { Dag } from '../orchestrator/dag.ts';
import { differences } from './differences.ts';
import { gantt } from './gantt.ts';
import { type Controls, layout, section } from './layout.ts';
import { stateMark } from './marks.ts';
import { bytesText, groupedText, momentText, runText } from './texts.ts';
import { verdictSection } from './verdict-section.ts';

export interface RunDetails extends PublishedRun {
  readonly dag: Dag;
  readonly logs: readonly AttemptLog[];
  /** The last one before it that succeeded. */
  readonly before: PublishedRun | undefined;
  /** Undefined where nothing was decided. */
  readonly verdict: Verdict | undefined;
  readonly champion: Champion | undefined;
  readonly now: Date;
  /** What can be done, where the page is served live. */
  readonly controls?: Controls | undefined;
}

/** One run on one page: its tasks, all attempts in time, artifacts, the difference to the run before, and logs. */
export function runPage(details: RunDetails): string {
  const { dag, report, artifacts, logs, before, verdict, champion, now, controls } = details;
  return layout({
    title: `${report.runId} ${report.state}`,
    header: html`<nav aria-label="Pages"><a href="../../index.html">All runs</a>${reportLink(details)}</nav>
<h1>Run of ${runText(report.timestamp)}</h1>
<p class="written">${report.runId} of ${dag.dagId} · as of ${momentText(now)}</p>
<p class="lede">${stateMark(report.state, stateText(report))}</p>
${troubles(report)}
`,
    controls,
    sections: [
      section('tasks', 'Tasks', graph(dag, report)),
      section('attempts', 'Attempts', gantt(report, logs, now)),
      ...verdictSection(verdict, champion),
      ...(artifacts.length > 0 ? [section('artifacts', 'Artifacts', artifactTable(artifacts))] : []),
      ...(before ? differences(details, before) : []),
      ...(logs.length > 0 ? [section('logs', 'Logs', logs.map(logDetails))] : []),
    ],
    footer: html`${report.description}. Times are UTC.`,
    kind: controls ? 'live' : 'stored',
  });
}

function reportLink({ artifacts }: RunDetails): Html {
  const report = artifacts.find(({ name }) => name === 'report');
  return report ? html`<a href="${linkTo(report.key)}">Report of its model</a>` : html``;
}

/** From the run's page: its own DAG's keys lie two folders up, the logs three. */
function linkTo(key: string): string {
  return key.startsWith('logs/') ? `../../../${key}` : `../../${key.slice(key.indexOf('/') + 1)}`;
}

function stateText({ state, isLed, startedAt, endedAt }: RunReport): string {
  const word = state === 'running' && !isLed ? 'unfinished, not led' : state;
  if (endedAt === null) return `${word}, started ${momentText(startedAt)}`;
  const seconds = Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
  return `${word}, started ${momentText(startedAt)}, took ${durationText(seconds)}`;
}

function troubles(report: RunReport): Html {
  const reasons = report.tasks.flatMap(({ taskId, reason }) => (reason ? [`${taskId}: ${reason}`] : []));
  const texts = [...reasons, ...warningsOf(report)];
  if (texts.length === 0) return html``;
  return html`<ul class="troubles" aria-label="What is wrong">${texts.map((text) => html`<li>${text}</li>`)}</ul>`;
}

function graph({ tasks }: Dag, report: RunReport): Html {
  const items = tasks.map(({ taskId, upstream }) => {
    const task = report.tasks.find((known) => known.taskId === taskId);
    const state = task?.state ?? 'none';
    const count = task?.attempts.length ?? 0;
    const tries = count === 0 ? 'no attempt' : count === 1 ? '1 attempt' : `${count} attempts`;
    const after = upstream.length > 0 ? `after ${upstream.join(', ')}` : 'first';
    return html`<li class="${state}"><b>${taskId}</b>${stateMark(state, state.replaceAll('_', ' '))}<span class="note">${tries}, ${after}</span></li>`;
  });
  return html`<ol class="graph">${items}</ol>`;
}

function artifactTable(artifacts: readonly ArtifactReport[]): Html {
  const rows = artifacts.map(
    ({ key, bytes, sha256, rows, inputs }) =>
      html`<tr><th scope="row"><a href="${linkTo(key)}">${key.slice(key.indexOf('/') + 1)}</a></th><td class="number">${bytesText(bytes)}</td><td class="number">${rows === null ? '' : groupedText(rows)}</td><td><code title="${sha256}">${sha256.slice(0, 12)}</code></td><td>${inputs.map((input) => html`<div>${input.key.split('/').at(-1) ?? ''} <code title="${input.sha256}">${input.sha256.slice(0, 12)}</code></div>`)}</td></tr>`,
  );
  const parameters = Object.entries(decidingSettings(artifacts));
  const list = html`<h3>Settings that decided their bytes</h3>
<p class="parameters">${parameters.map(([name, value]) => html`<code>${name}=${value}</code>`)}</p>`;
  const table = html`<div class="wide" tabindex="0" role="region" aria-label="Artifacts with sizes and hashes"><table class="artifacts">
<thead><tr><th scope="col">artifact</th><th scope="col" class="number">size</th><th scope="col" class="number">rows</th><th scope="col">sha256</th><th scope="col">made from</th></tr></thead>
<tbody>
${rows}
</tbody>
</table></div>`;
  return html`${table}\n${parameters.length > 0 ? list : html``}`;
}

function logDetails({ taskId, attempt, key, lines, cutLines }: AttemptLog): Html {
  const cut =
    cutLines > 0
      ? html`<p class="note">${cutLines} lines before: <a href="${linkTo(key)}">the whole log</a></p>`
      : html``;
  return html`<details id="log-${taskId}-${attempt}"><summary>${taskId}, attempt ${attempt}</summary>${cut}<pre tabindex="0">${lines.map(logLine)}</pre></details>`;
}

function logLine({ time, level, task: _, run: __, attempt: ___, message, ...fields }: LogLine): Html {
  const shown = Object.entries(fields).filter(([, value]) => typeof value !== 'object');
  return html`<span class="${level}">${time.slice(11, 19)} ${level} ${[message, ...shown.map(([name, value]) => `${name}=${value}`)].join(' ')}</span>`;
}
