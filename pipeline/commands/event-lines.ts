import { type TaskId, taskIds } from '../../tasks/artifacts/catalogue.ts';
import type { Log } from '../../tasks/runtime/log.ts';
import {
  type AttemptRecord,
  type EndedAttemptRecord,
  type RunRecord,
  type TaskRecord,
  taskRecord,
} from '../orchestrator/run-record.ts';
import { durationSeconds, durationText, type RunView } from './run-view.ts';

/** One line for each thing that happens to a run. */
export class EventLines implements RunView {
  readonly #log: Log;
  readonly #shown = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  show(record: RunRecord): void {
    for (const taskId of taskIds) {
      const task = taskRecord(record, taskId);
      for (const attempt of task.attempts) this.#showAttempt(`${taskId} attempt ${attempt.number}`, attempt);
      this.#showState(taskId, task);
    }
  }

  interrupt(): void {}

  close(): void {}

  #showAttempt(name: string, attempt: AttemptRecord): void {
    if (attempt.phase === 'running') this.#once(`${name} started`, () => this.#log.info(`${name} runs`));
    if (attempt.phase === 'ended') this.#once(`${name} ended`, () => this.#showEnd(name, attempt));
    if (attempt.phase !== 'queued' || attempt.pendingReason === undefined) return;
    const line = `${name} waits: ${attempt.pendingReason}`;
    this.#once(line, () => this.#log.warn(line));
  }

  #showEnd(name: string, attempt: EndedAttemptRecord): void {
    const { outcome, reason } = attempt;
    const line = `${name} ${outcome} after ${durationText(durationSeconds(attempt, new Date()))}`;
    if (outcome === 'succeeded') this.#log.info(line);
    else this.#log.warn(reason ? `${line}: ${reason}` : line);
  }

  #showState(taskId: TaskId, { state, attempts, retryAt, reason }: TaskRecord): void {
    const key = `${taskId} ${state} ${attempts.length}`;
    if (state === 'up_for_retry') this.#once(key, () => this.#log.info(`${taskId} is retried at ${retryAt}`));
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
