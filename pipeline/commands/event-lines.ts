import { type TaskId, taskIds } from '../../tasks/artifacts/catalogue.ts';
import type { Log } from '../../tasks/runtime/log.ts';
import type { Progress } from '../../tasks/runtime/task.ts';
import { durationSeconds, durationText } from '../monitoring/durations.ts';
import type { Facts } from '../orchestrator/decide.ts';
import {
  type AttemptRecord,
  type EndedAttemptRecord,
  type RunRecord,
  type TaskRecord,
  taskRecord,
} from '../orchestrator/run-record.ts';
import { progressOf, progressText, type RunView, timeLeftText } from './run-view.ts';

const progressEverySeconds = 10;

/** Of each run of many, only trouble and how far it has come. */
export type Detail = 'all' | 'trouble';

/** One line for each thing that happens to a run. */
export class EventLines implements RunView {
  readonly #log: Log;
  readonly #detail: Detail;
  readonly #shown = new Set<string>();
  #progressAt = performance.now();

  constructor(log: Log, detail: Detail = 'all') {
    this.#log = log;
    this.#detail = detail;
  }

  show(record: RunRecord, facts?: Facts): void {
    for (const taskId of taskIds) {
      const task = taskRecord(record, taskId);
      const progress = facts && progressOf(facts, taskId);
      if (progress) this.#showProgress(taskId, progress, task.attempts.at(-1));
      for (const attempt of task.attempts) this.#showAttempt(`${taskId} attempt ${attempt.number}`, attempt);
      this.#showState(taskId, task);
    }
  }

  interrupt(): void {}

  close(): void {}

  /** Every 10 s. */
  #showProgress(taskId: TaskId, progress: Progress, attempt: AttemptRecord | undefined): void {
    const now = performance.now();
    if (!attempt || now - this.#progressAt < progressEverySeconds * 1000) return;
    this.#progressAt = now;
    const left = timeLeftText(progress, durationSeconds(attempt, new Date()));
    this.#log.info(`${taskId}: ${progressText(progress)}${left}`);
  }

  #showAttempt(name: string, attempt: AttemptRecord): void {
    if (attempt.phase === 'running') this.#once(`${name} started`, () => this.#showDetail(`${name} runs`));
    if (attempt.phase === 'ended') this.#once(`${name} ended`, () => this.#showEnd(name, attempt));
    if (attempt.phase !== 'queued' || attempt.pendingReason === undefined) return;
    const line = `${name} waits: ${attempt.pendingReason}`;
    this.#once(line, () => this.#log.warn(line));
  }

  #showEnd(name: string, attempt: EndedAttemptRecord): void {
    const { outcome, reason } = attempt;
    const line = `${name} ${outcome} after ${durationText(durationSeconds(attempt, new Date()))}`;
    if (outcome === 'succeeded') this.#showDetail(line);
    else this.#log.warn(reason ? `${line}: ${reason}` : line);
  }

  #showDetail(line: string): void {
    if (this.#detail === 'all') this.#log.info(line);
  }

  #showState(taskId: TaskId, { state, attempts, retryAt, reason }: TaskRecord): void {
    const key = `${taskId} ${state} ${attempts.length}`;
    if (state === 'up_for_retry') this.#once(key, () => this.#log.info(`${taskId} is retried at ${retryAt}`));
    if (state === 'up_for_reschedule') this.#once(key, () => this.#log.info(`${taskId} waits for its data`));
    if (state === 'failed') this.#once(key, () => this.#log.error(`${taskId} failed: ${reason}`));
    if (state === 'upstream_failed') this.#once(key, () => this.#log.info(`${taskId} does not run: upstream failed`));
  }

  #once(key: string, show: () => void): void {
    if (this.#shown.has(key)) return;
    this.#shown.add(key);
    show();
  }

  /** What was recorded before this process took the lease is not news. */
  skip(record: RunRecord): void {
    for (const [taskId, { attempts }] of Object.entries(record.tasks)) {
      for (const { number, phase } of attempts) {
        if (phase !== 'queued') this.#shown.add(`${taskId} attempt ${number} started`);
        if (phase === 'ended') this.#shown.add(`${taskId} attempt ${number} ended`);
      }
    }
  }
}
