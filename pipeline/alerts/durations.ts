import type { RunRecord } from '../orchestrator/run-record.ts';

/** How long each task's attempts that succeeded took, in the middle. */
export function medianSecondsOf(records: readonly RunRecord[]): ReadonlyMap<string, number> {
  const seconds = new Map<string, number[]>();
  for (const [taskId, { attempts }] of records.flatMap(({ tasks }) => Object.entries(tasks))) {
    for (const attempt of attempts) {
      if (attempt.phase !== 'ended' || attempt.outcome !== 'succeeded' || !attempt.startedAt) continue;
      const lasted = Math.max(0, Date.parse(attempt.endedAt) - Date.parse(attempt.startedAt)) / 1000;
      seconds.set(taskId, [...(seconds.get(taskId) ?? []), lasted]);
    }
  }
  return new Map([...seconds].map(([taskId, lasted]) => [taskId, median(lasted)]));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
