import { styleText } from 'node:util';
import { type TaskId, taskIds } from '../../tasks/artifacts/catalogue.ts';
import { attemptReason, durationSeconds, durationText } from '../monitoring/durations.ts';
import type { Facts } from '../orchestrator/decide.ts';
import { type RunRecord, type TaskRecord, type TaskState, taskRecord } from '../orchestrator/run-record.ts';
import { RedrawnLines, type Terminal } from './redrawn-lines.ts';
import { progressOf, progressText, type RunView, timeLeftText } from './run-view.ts';

type Style = Parameters<typeof styleText>[0];

const marks: Readonly<Record<TaskState, readonly [string, Style]>> = {
  none: ['·', 'dim'],
  queued: ['○', 'cyan'],
  running: ['●', 'cyan'],
  success: ['✔', 'green'],
  failed: ['✘', 'red'],
  up_for_retry: ['↻', 'yellow'],
  up_for_reschedule: ['◷', 'yellow'],
  upstream_failed: ['✘', 'dim'],
};

const nameWidth = Math.max(...taskIds.map((taskId) => taskId.length));

/** A line for each task, redrawn in place on a terminal. */
export class LiveLines implements RunView {
  readonly #lines: RedrawnLines;
  #latest: { readonly record: RunRecord; readonly facts: Facts } | undefined;

  constructor(out: Terminal) {
    this.#lines = new RedrawnLines(out, (now) => this.#linesAt(now));
  }

  show(record: RunRecord, facts: Facts): void {
    this.#latest = { record, facts };
    this.#lines.draw();
  }

  interrupt(): void {
    this.#lines.interrupt();
  }

  close(): void {
    this.#lines.close();
  }

  #linesAt(now: Date): string[] {
    if (!this.#latest) return [];
    const { record, facts } = this.#latest;
    return taskIds.flatMap((taskId) => linesOf(taskId, taskRecord(record, taskId), facts, now));
  }
}

function linesOf(taskId: TaskId, task: TaskRecord, facts: Facts, now: Date): string[] {
  const [mark, style] = marks[task.state];
  const progress = progressOf(facts, taskId);
  // a task that was cleared, or waits in vain, may have attempts, and none of them is of now
  const hasNone = task.state === 'none' || task.state === 'upstream_failed';
  const last = hasNone ? undefined : task.attempts.at(-1);
  const parts = [
    `  ${styleText(style, mark)} ${taskId.padEnd(nameWidth)}`,
    styleText(style, task.state.padEnd(15)),
    last ? durationText(durationSeconds(last, now)).padStart(8) : '',
    last ? styleText('dim', `attempt ${last.number}`) : '',
    retryText(task, now),
  ];
  const left = progress && last ? timeLeftText(progress, durationSeconds(last, now)) : '';
  const reason = task.state === 'success' ? undefined : (task.reason ?? (last && attemptReason(last)));
  const below = progress ? `${progressText(progress)}${left}` : reason?.replace(/\s+/g, ' ');
  return [parts.join('  ').trimEnd(), ...(below ? [`      ${styleText('dim', below)}`] : [])];
}

/** Of a run: the first task that is not done. */
export function currentTaskLine(name: string, record: RunRecord, facts: Facts | undefined, now: Date): string {
  const taskId = taskIds.find((id) => taskRecord(record, id).state !== 'success');
  if (!taskId) return `  ${styleText('green', '✔')} ${name}`;
  const task = taskRecord(record, taskId);
  const [mark, style] = marks[task.state];
  const last = task.state === 'none' ? undefined : task.attempts.at(-1);
  const progress = facts && progressOf(facts, taskId);
  const parts = [
    `  ${styleText(style, mark)} ${name}`,
    taskId.padEnd(nameWidth),
    (last ? durationText(durationSeconds(last, now)) : '').padStart(6),
    progress ? progressText(progress) : waitText(task, now),
  ];
  return parts.join('  ').trimEnd();
}

function waitText(task: TaskRecord, now: Date): string {
  return task.state === 'up_for_reschedule' ? 'waits for its data' : retryText(task, now);
}

function retryText({ state, retryAt }: TaskRecord, now: Date): string {
  return state === 'up_for_retry' ? `next in ${durationText(secondsUntil(retryAt, now))}` : '';
}

function secondsUntil(moment: string | undefined, now: Date): number {
  return moment ? Math.max(0, Date.parse(moment) - now.getTime()) / 1000 : 0;
}
