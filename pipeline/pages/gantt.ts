import { type Html, html } from '../../tasks/runtime/html.ts';
import type { AttemptLog } from '../monitoring/attempt-logs.ts';
import { attemptReason, durationText } from '../monitoring/durations.ts';
import type { AttemptReport, RunReport } from '../monitoring/run-report.ts';
import { stateMark } from './marks.ts';

interface Span {
  readonly from: number;
  readonly to: number;
}

/** All attempts of a run in time: a thin bar while it waits, a thick one while it runs. */
export function gantt(report: RunReport, logs: readonly AttemptLog[], now: Date): Html {
  const attempts = report.tasks.flatMap((task) => task.attempts);
  if (attempts.length === 0) return html`<p>There are no attempts yet.</p>`;
  const from = Math.min(...attempts.map(({ queuedAt }) => Date.parse(queuedAt)));
  const span = { from, to: Math.max(from + 1, ...attempts.map((attempt) => endOf(attempt, now))) };
  const rows = report.tasks
    .filter((task) => task.attempts.length > 0)
    .map(
      ({
        taskId,
        state,
        note,
        attempts: ofTask,
      }) => html`<tr class="task" id="${taskId}"><th scope="rowgroup" colspan="2">${taskId}</th><td></td><td colspan="2">${stateMark(state, state.replaceAll('_', ' '))}${note ? html` <span class="note">${note}</span>` : html``}</td></tr>
${ofTask.map((attempt) => attemptRow(attempt, span, now, resumedTrees(logs, taskId, attempt.number)))}`,
    );
  return html`<div class="wide" tabindex="0" role="region" aria-label="Attempts in time"><table class="gantt stacked">
<thead><tr><th scope="col">attempt</th><th scope="col" class="span"><div><span>${timeText(span.from)}</span><span>${timeText(span.to)}</span></div></th><th scope="col" class="number">ran</th><th scope="col" class="outcome">ended</th><th scope="col">why, where</th></tr></thead>
<tbody>
${rows}
</tbody>
</table></div>
<p class="note">A thin bar waits, a thick one runs.</p>`;
}

function attemptRow(attempt: AttemptReport, span: Span, now: Date, resumed: string): Html {
  const outcome = attempt.phase === 'ended' ? attempt.outcome : attempt.phase;
  const code = attempt.phase === 'ended' && attempt.exitCode ? ` (${attempt.exitCode})` : '';
  const details = [
    attempt.placement === 'on-demand' ? 'on-demand' : '',
    attempt.node ? `on ${attempt.node.name}` : '',
    attempt.isCharged ? 'charged' : attempt.isUncharged ? 'uncharged' : '',
    resumed,
    attemptReason(attempt) ?? '',
  ];
  return html`<tr class="${outcome}"><th scope="row" class="attempt">attempt ${attempt.number}</th><td class="span">${bar(attempt, span, now)}</td><td class="number">${durationText(attempt.seconds)}</td><td>${stateMark(outcome, `${outcome}${code}`)}</td><td class="reason">${details.filter(Boolean).join(', ')}</td></tr>`;
}

function bar(attempt: AttemptReport, span: Span, now: Date): Html {
  const share = (moment: number) => (100 * (moment - span.from)) / (span.to - span.from);
  const queued = share(Date.parse(attempt.queuedAt));
  const end = Math.max(queued, share(endOf(attempt, now)));
  const started =
    attempt.phase === 'queued' || !attempt.startedAt ? end : Math.max(queued, share(Date.parse(attempt.startedAt)));
  const percent = (value: number) => `${value.toFixed(2)}%`;
  return html`<svg aria-hidden="true"><rect class="wait" x="${percent(queued)}" y="45%" width="${percent(started - queued)}" height="10%"/><rect class="run" x="${percent(started)}" y="15%" width="${percent(Math.max(0.3, end - started))}" height="70%"/></svg>`;
}

function endOf(attempt: AttemptReport, now: Date): number {
  return attempt.phase === 'ended' ? Date.parse(attempt.endedAt) : now.getTime();
}

/** What an attempt found of those before, as its log has it. */
function resumedTrees(logs: readonly AttemptLog[], taskId: string, number: number): string {
  const lines = logs.find((log) => log.taskId === taskId && log.attempt === number)?.lines ?? [];
  const trees = lines.find(({ message }) => message === 'checkpoints taken up')?.trees;
  return typeof trees === 'number' ? `resumed from ${trees} trees` : '';
}

function timeText(moment: number): string {
  return new Date(moment).toISOString().slice(11, 19);
}
