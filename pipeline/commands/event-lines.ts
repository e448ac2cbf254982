import { type TaskId, taskIds } from '../../tasks/artifacts/artifact-keys.ts';
import type { Log } from '../../tasks/runtime/log.ts';
import type { AttemptRecord, RunRecord, TaskRecord } from '../orchestrator/run-record.ts';
import { durationSeconds, durationText, type RunView } from './run-view.ts';

/** One line for each thing that happens to a run. */
export class EventLines implements RunView {
  readonly #log: Log;
  readonly #told = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  show(record: RunRecord): void {
    for (const taskId of taskIds) {
      const task = record.tasks[taskId];
      for (const attempt of task.attempts) this.#tellAttempt(taskId, attempt);
      this.#tellState(taskId, task);
    }
  }

  interrupt(): void {}

  close(): void {}

  #tellAttempt(taskId: TaskId, attempt: AttemptRecord): void {
    const { number, startedAt, endedAt, outcome, reason } = attempt;
    const name = `${taskId} attempt ${number}`;
    if (startedAt && !endedAt) this.#once(`${name} started`, () => this.#log.info(`${name} runs`));
    if (reason && !startedAt && !endedAt)
      this.#once(`${name} waits: ${reason}`, () => this.#log.warn(`${name} waits: ${reason}`));
    if (!endedAt) return;
    const line = `${name} ${outcome} after ${durationText(durationSeconds(attempt, new Date()))}`;
    const tell = () =>
      outcome === 'succeeded' ? this.#log.info(line) : this.#log.warn(reason ? `${line}: ${reason}` : line);
    this.#once(`${name} ended`, tell);
  }

  #tellState(taskId: TaskId, { state, attempts, retryAt, reason }: TaskRecord): void {
    const key = `${taskId} ${state} ${attempts.length}`;
    if (state === 'up_for_retry') this.#once(key, () => this.#log.info(`${taskId} is tried again at ${retryAt}`));
    if (state === 'failed') this.#once(key, () => this.#log.error(`${taskId} failed: ${reason}`));
    if (state === 'upstream_failed') this.#once(key, () => this.#log.info(`${taskId} does not run: upstream failed`));
  }

  #once(key: string, tell: () => void): void {
    if (this.#told.has(key)) return;
    this.#told.add(key);
    tell();
  }

  /** What was recorded before this process led the run is not news. */
  skip(record: RunRecord): void {
    for (const taskId of taskIds) {
      for (const { number, startedAt, endedAt } of record.tasks[taskId].attempts) {
        if (startedAt) this.#told.add(`${taskId} attempt ${number} started`);
        if (endedAt) this.#told.add(`${taskId} attempt ${number} ended`);
      }
    }
  }
}
