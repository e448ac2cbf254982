import { isCharged, isUncharged } from '../orchestrator/retry-policy.ts';
import type { RunRecord } from '../orchestrator/run-record.ts';
import { endedAttempts, quantile, ranSeconds, waitedSeconds } from './durations.ts';

export interface Quantiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export interface TaskStatistics {
  readonly taskId: string;
  /** That have ended. */
  readonly attempts: number;
  /** Of those that succeeded. */
  readonly durationSeconds: Quantiles;
  /** Of all: from queueing to start. */
  readonly queueSeconds: Quantiles;
  readonly failureRate: number;
  readonly preemptionRate: number;
  readonly spotShare: number;
  /** By what share the median duration rose (or fell) against the runs before; null where there were too few. */
  readonly trend: number | null;
  readonly isSlower: boolean;
}

/** The rise of a median from which a task is slower, as a share. */
export const slowerBy = 0.5;
const fewest = 3;

/** What the last runs say of each task, in the order of `taskIds`, compared with as many before. */
export function taskStatistics(
  records: readonly RunRecord[],
  taskIds: readonly string[],
  last: number,
): TaskStatistics[] {
  const recent = records.slice(-last);
  const before = records.slice(0, -last).slice(-last);
  return taskIds.map((taskId) => statisticsOf(taskId, recent, before));
}

function statisticsOf(taskId: string, recent: readonly RunRecord[], before: readonly RunRecord[]): TaskStatistics {
  const attempts = endedAttempts(recent).flatMap((ended) => (ended.taskId === taskId ? [ended.attempt] : []));
  const shareOf = (count: number) => (attempts.length === 0 ? 0 : count / attempts.length);
  const durations = durationsOf(taskId, recent);
  const trend = trendOf(durations, durationsOf(taskId, before));
  return {
    taskId,
    attempts: attempts.length,
    durationSeconds: quantiles(durations),
    queueSeconds: quantiles(attempts.map(waitedSeconds)),
    failureRate: shareOf(attempts.filter(isCharged).length),
    preemptionRate: shareOf(attempts.filter(isUncharged).length),
    spotShare: shareOf(attempts.filter(({ placement }) => placement === 'spot').length),
    trend,
    isSlower: trend !== null && trend > slowerBy,
  };
}

function durationsOf(taskId: string, records: readonly RunRecord[]): number[] {
  return endedAttempts(records).flatMap(({ taskId: task, attempt }) => {
    const ran = task === taskId && attempt.outcome === 'succeeded' ? ranSeconds(attempt) : undefined;
    return ran === undefined ? [] : [ran];
  });
}

function trendOf(recent: readonly number[], before: readonly number[]): number | null {
  if (recent.length === 0 || before.length < fewest) return null;
  const [now = 0, then = 0] = [quantile(recent, 0.5), quantile(before, 0.5)];
  return then > 0 ? now / then - 1 : null;
}

function quantiles(values: readonly number[]): Quantiles {
  const at = (share: number) => quantile(values, share) ?? null;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
