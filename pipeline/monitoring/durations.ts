import type { AttemptRecord, EndedAttemptRecord, RunRecord } from '../orchestrator/run-record.ts';

export interface TaskAttempt {
  readonly taskId: string;
  readonly attempt: EndedAttemptRecord;
}

/** Every attempt that has ended, run after run, in the order of their numbers. */
export function endedAttempts(records: readonly RunRecord[]): TaskAttempt[] {
  return records
    .flatMap(({ tasks }) => Object.entries(tasks))
    .flatMap(([taskId, { attempts }]) =>
      attempts.flatMap((attempt) => (attempt.phase === 'ended' ? [{ taskId, attempt }] : [])),
    );
}

/** Seconds from its start to its end; undefined where it never ran. A clock that was set back makes no time negative. */
export function ranSeconds({ startedAt, endedAt }: EndedAttemptRecord): number | undefined {
  return startedAt === undefined ? undefined : secondsBetween(startedAt, endedAt);
}

/** Seconds from its queueing to its start, or to its end where it never ran. */
export function waitedSeconds({ queuedAt, startedAt, endedAt }: EndedAttemptRecord): number {
  return secondsBetween(queuedAt, startedAt ?? endedAt);
}

function secondsBetween(from: string, to: string): number {
  return Math.max(0, Date.parse(to) - Date.parse(from)) / 1000;
}

/** How long each task's attempts that succeeded took, in the middle. */
export function medianSecondsOf(records: readonly RunRecord[]): ReadonlyMap<string, number> {
  const seconds = new Map<string, number[]>();
  for (const { taskId, attempt } of endedAttempts(records)) {
    const ran = ranSeconds(attempt);
    if (attempt.outcome === 'succeeded' && ran !== undefined)
      seconds.set(taskId, [...(seconds.get(taskId) ?? []), ran]);
  }
  return new Map([...seconds].map(([taskId, values]) => [taskId, quantile(values, 0.5) ?? 0]));
}

/** The smallest value that the given share of all does not exceed; undefined where there are none. */
export function quantile(values: readonly number[], share: number): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(share * values.length) - 1)];
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
