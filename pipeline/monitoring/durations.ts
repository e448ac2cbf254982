import type { EndedAttemptRecord, RunRecord } from '../orchestrator/run-record.ts';

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
