import type { TaskId } from '../../tasks/artifacts/catalogue.ts';
import type { Progress } from '../../tasks/runtime/task.ts';
import type { Facts } from '../orchestrator/decide.ts';
import type { AttemptRecord, RunRecord } from '../orchestrator/run-record.ts';

/** Shows a run while it goes on: redrawn lines on a terminal, one line an event elsewhere. */
export interface RunView {
  show(record: RunRecord, facts: Facts): void;
  /** Something else is about to be written. */
  interrupt(): void;
  close(): void;
}

export function progressOf(facts: Facts, taskId: TaskId): Progress | undefined {
  const observation = facts.observations.get(taskId);
  return observation?.phase === 'running' ? observation.progress : undefined;
}

export function progressText({ done, total, unit }: Progress): string {
  const count = (value: number) => value.toLocaleString('en-US');
  return total === null ? `${count(done)} ${unit}` : `${count(done)}/${count(total)} ${unit}`;
}

/** Seconds from start (or queueing) to the end, or to now. */
export function durationSeconds(attempt: AttemptRecord, now: Date): number {
  const start = (attempt.phase === 'queued' ? undefined : attempt.startedAt) ?? attempt.queuedAt;
  const end = attempt.phase === 'ended' ? Date.parse(attempt.endedAt) : now.getTime();
  // a clock that was set back in between must not show a negative time
  return Math.max(0, end - Date.parse(start)) / 1000;
}

/** Why it waits, or why it did not succeed. */
export function attemptReason(attempt: AttemptRecord): string | undefined {
  if (attempt.phase === 'running') return undefined;
  return attempt.phase === 'queued' ? attempt.pendingReason : attempt.reason;
}

export function durationText(seconds: number): string {
  const tenths = Math.round(seconds * 10) / 10;
  if (tenths < 60) return `${tenths.toFixed(1)} s`;
  const minutes = Math.floor(tenths / 60);
  const rest = `${Math.floor(tenths % 60)} s`;
  return minutes < 60 ? `${minutes} min ${rest}` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** What a rate so far says of the time left; empty where nothing is known. */
export function timeLeftText({ done, total }: Progress, seconds: number): string {
  if (total === null || done === 0 || done >= total || seconds < 1) return '';
  return `, about ${durationText(((total - done) * seconds) / done)} left`;
}

export function counted(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : `${noun}s`}`;
}
