import { dataInterval, type Run, type Schedule } from '../../tasks/artifacts/run-dates.ts';
import type { Dag } from '../orchestrator/dag.ts';
import { isCharged } from '../orchestrator/retry-policy.ts';
import { openAttempt, type RunRecord, taskRecord } from '../orchestrator/run-record.ts';
import type { TaskStatistics } from './statistics.ts';

export const alertEvents = [
  'failed',
  'retried',
  'recovered',
  'late',
  'not-ready',
  'stuck',
  'slower',
  'on-demand',
  'rejected',
  'test',
] as const;
export type AlertEvent = (typeof alertEvents)[number];

/** Trouble that goes on is repeated once a day; other events are sent once. */
export const lasting: readonly AlertEvent[] = ['failed', 'late', 'not-ready', 'stuck'];

export interface Alert {
  /** Equal for the same trouble, however often it is seen. */
  readonly id: string;
  readonly event: AlertEvent;
  /** Of the run, as keys have it. */
  readonly timestamp: string;
  readonly runId: string;
  readonly taskId?: string | undefined;
  /** One sentence. It may hold a task's own words: escape it. */
  readonly reason: string;
  /** How many of the task there were, and which is the last. */
  readonly attempts?: number | undefined;
}

export interface AlertLimits {
  readonly isRetryAlerted: boolean;
  readonly lateAfterSeconds: number;
  /** Undefined where no one is to know. */
  readonly readyWithinSeconds?: number | undefined;
  /** How long each task's attempts last, as a rule. */
  readonly medianSeconds: ReadonlyMap<string, number>;
}

const leastStuckSeconds = 600;
/** A rise that no one would notice is none. */
const leastSlowerSeconds = 60;

/** What a run's record shows that someone should know. */
export function alertsOf(dag: Dag, record: RunRecord, limits: AlertLimits, now: Date): Alert[] {
  const tasks = dag.tasks.map(({ taskId }) => taskId);
  return [
    ...(record.state === 'failed' ? [failure(record, tasks)] : []),
    ...tasks.flatMap((taskId) => [
      ...(limits.isRetryAlerted ? retries(record, taskId) : []),
      ...onDemand(record, taskId),
      ...stuck(record, taskId, limits, now),
    ]),
  ];
}

/** That the run which is due is not published long after it was due, or ceased to be published, for any reason. */
export function lateness(
  { schedule }: Dag,
  due: Run,
  record: RunRecord | undefined,
  { lateAfterSeconds, readyWithinSeconds }: AlertLimits,
  now: Date,
): Alert[] {
  const since = missingSince(schedule, due, record);
  if (!since) return [];
  const dueAt = dataInterval(schedule, due).end;
  const lateSeconds = (now.getTime() - since.getTime()) / 1000;
  const waiting = waitsFor(record);
  const isUnready = waiting !== undefined && lateSeconds >= (readyWithinSeconds ?? Number.POSITIVE_INFINITY);
  const state = record ? `it is ${record.state}` : 'it was never started';
  const wasDue = `it was due at ${dueAt.toISOString()} and`;
  return [
    ...(isUnready ? [about(due, 'not-ready', `${wasDue} its data is not ready: ${waiting}`)] : []),
    ...(lateSeconds >= lateAfterSeconds ? [about(due, 'late', `${wasDue} is not published: ${state}`)] : []),
  ];
}

/** Since when the run that is due is not published, where it is not: since it was due, or ceased to be published later. */
export function missingSince(schedule: Schedule, due: Run, record: RunRecord | undefined): Date | undefined {
  if (record?.state === 'success') return undefined;
  const dueAt = dataInterval(schedule, due).end;
  const ceasedAt = new Date(record?.unpublishedAt ?? dueAt);
  return ceasedAt > dueAt ? ceasedAt : dueAt;
}

/** The data that a run waits for, if it waits for any. */
function waitsFor(record: RunRecord | undefined): string | undefined {
  if (!record) return 'it has not begun';
  return Object.values(record.tasks).find(({ state }) => state === 'up_for_reschedule')?.reason;
}

function failure(record: RunRecord, tasks: readonly string[]): Alert {
  const taskId = tasks.find((task) => taskRecord(record, task).state === 'failed');
  const task = taskId === undefined ? undefined : taskRecord(record, taskId);
  const attempts = task?.attempts.at(-1)?.number;
  return about(record, 'failed', task?.reason ?? 'the run failed', { taskId, attempts });
}

function retries(record: RunRecord, taskId: string): Alert[] {
  const { state, attempts, retryAt } = taskRecord(record, taskId);
  const last = attempts.at(-1);
  if (state !== 'up_for_retry' || last?.phase !== 'ended' || !isCharged(last)) return [];
  const reason = `attempt ${last.number} failed and is retried at ${retryAt}: ${last.reason ?? last.outcome}`;
  return [about(record, 'retried', reason, { taskId, attempts: last.number })];
}

/** No spot node is tried any more: it was preempted to the cap, or none fitted. */
function onDemand(record: RunRecord, taskId: string): Alert[] {
  const open = openAttempt(taskRecord(record, taskId));
  if (open?.placement !== 'on-demand') return [];
  const reason = `attempt ${open.number} is moved to an on-demand node: those before were preempted, or no spot node fitted`;
  return [about(record, 'on-demand', reason, { taskId, attempts: open.number })];
}

function stuck(record: RunRecord, taskId: string, { medianSeconds }: AlertLimits, now: Date): Alert[] {
  const open = openAttempt(taskRecord(record, taskId));
  const median = medianSeconds.get(taskId);
  if (record.state !== 'running' || open?.phase !== 'running' || median === undefined) return [];
  const seconds = (now.getTime() - Date.parse(open.startedAt)) / 1000;
  if (seconds < Math.max(leastStuckSeconds, 3 * median)) return [];
  const reason = `attempt ${open.number} has run for ${Math.round(seconds / 60)} min, usual are ${Math.ceil(median / 60)} min`;
  return [about(record, 'stuck', reason, { taskId, attempts: open.number })];
}

/** That the tasks of the latest runs take much longer than they did: once for each run. */
export function slowness(latest: RunRecord, statistics: readonly TaskStatistics[]): Alert[] {
  return statistics.flatMap(({ taskId, isSlower, trend, durationSeconds: { p50 } }) => {
    if (!isSlower || p50 === null || trend === null || p50 - p50 / (1 + trend) < leastSlowerSeconds) return [];
    const minutes = `${(p50 / 60).toFixed(1)} min, ${Math.round(100 * trend)} % more than before`;
    return [about(latest, 'slower', `its attempts take ${minutes}`, { taskId })];
  });
}

/** An alert of a run, or of an attempt of one of its tasks. */
export function about(
  { timestamp, runId }: Pick<RunRecord, 'timestamp' | 'runId'>,
  event: AlertEvent,
  reason: string,
  { taskId, attempts }: Pick<Alert, 'taskId' | 'attempts'> = {},
): Alert {
  const id = [timestamp, event, taskId, attempts].filter((part) => part !== undefined).join('/');
  return { id, event, timestamp, runId, taskId, reason, attempts };
}
