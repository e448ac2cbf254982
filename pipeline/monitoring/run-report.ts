import { ArtifactSet } from '../../tasks/artifacts/artifact-set.ts';
import { taskIds } from '../../tasks/artifacts/catalogue.ts';
import type { ObjectStore } from '../../tasks/artifacts/stores/object-store.ts';
import type { Dag } from '../orchestrator/dag.ts';
import { isProvablyDead } from '../orchestrator/lease.ts';
import { isCharged, isPermanent, isUncharged } from '../orchestrator/retry-policy.ts';
import { type AttemptRecord, type RunRecord, type TaskRecord, taskRecord } from '../orchestrator/run-record.ts';
import { InvalidRunRecord, type RunStore } from '../orchestrator/run-store.ts';
import type { Prices } from '../settings/monitoring-settings.ts';
import { runCost } from './cost.ts';
import { attemptReason, durationSeconds } from './durations.ts';

/** What a report is made from. */
export interface ReportParts {
  readonly dag: Dag;
  readonly store: ObjectStore;
  readonly runs: RunStore;
  readonly prices: Prices | undefined;
  readonly clock: () => Date;
}

/** What is shown of a run: by `status`, as text and as JSON, and by the pages. */
export type RunReport = Awaited<ReturnType<typeof describeRun>>;
export type TaskReport = RunReport['tasks'][number];
export type AttemptReport = TaskReport['attempts'][number];

export interface UnreadableRun {
  readonly timestamp: string;
  readonly unreadable: string;
}

/** A run as it is recorded, and what is shown of it. */
export interface ReadableRun {
  readonly record: RunRecord;
  readonly report: RunReport;
}

export type KnownRun = ReadableRun | UnreadableRun;

/** Undefined where there is no such run. One record that cannot be read hides no other. */
export async function loadRun(parts: ReportParts, timestamp: string): Promise<KnownRun | undefined> {
  try {
    const stored = await parts.runs.load(timestamp);
    return stored && { record: stored.record, report: await describeRun(parts, stored.record) };
  } catch (error) {
    if (error instanceof InvalidRunRecord) return { timestamp, unreadable: error.message };
    throw error;
  }
}

/** What goes on changes with the clock, although its record does not. */
export async function refreshed(parts: ReportParts, run: KnownRun): Promise<KnownRun> {
  if ('unreadable' in run || run.record.state !== 'running') return run;
  return { record: run.record, report: await describeRun(parts, run.record) };
}

export function isReadable(run: KnownRun): run is ReadableRun {
  return !('unreadable' in run);
}

export function shownOf(run: KnownRun): RunReport | UnreadableRun {
  return 'unreadable' in run ? run : run.report;
}

async function describeRun({ dag, store, prices, clock }: ReportParts, record: RunRecord) {
  const { description, tags, runId, timestamp, state, startedAt, endedAt = null } = record;
  const { holder } = record.lease;
  const isLed = holder !== null && !isProvablyDead(holder);
  const unknown = Object.keys(record.tasks).filter((taskId) => !taskIds.some((known) => known === taskId));
  const now = clock();
  const tasks = [...taskIds, ...unknown].map((taskId) => describeTask(taskId, taskRecord(record, taskId), now));
  // where a task was cleared, what others have made from it no longer counts
  const isWhole = tasks.every((task) => task.state === 'success');
  const artifacts = new ArtifactSet(store, dag.dagId, timestamp);
  const metrics = isWhole ? ((await artifacts.readPublishedJson('metricsJson')) ?? null) : null;
  const cost = runCost(dag, record, prices, now);
  return { runId, timestamp, description, tags, state, isLed, startedAt, endedAt, tasks, metrics, cost };
}

function describeTask(taskId: string, { state, attempts, retryAt, reason }: TaskRecord, now: Date) {
  const last = attempts.at(-1);
  return {
    taskId,
    state,
    retryAt: retryAt ?? null,
    // the last attempt of a task that is done, or cleared, explains nothing
    reason: reason ?? (state === 'success' || state === 'none' ? null : ((last && attemptReason(last)) ?? null)),
    note: state === 'success' ? noteOn(last) : null,
    attempts: attempts.map((attempt) => describeAttempt(attempt, now)),
  };
}

/** A task may be done by an attempt before the last: that one had other settings, say. */
function noteOn(last: AttemptRecord | undefined): string | null {
  if (last?.phase !== 'ended' || last.outcome === 'succeeded') return null;
  return `published and current with these settings, though attempt ${last.number} did not succeed`;
}

function describeAttempt(attempt: AttemptRecord, now: Date) {
  return {
    ...attempt,
    seconds: durationSeconds(attempt, now),
    // one that no retry changes counts against nothing
    isCharged: attempt.phase === 'ended' && isCharged(attempt) && !isPermanent(attempt),
    isUncharged: attempt.phase === 'ended' && isUncharged(attempt),
  };
}

/** A score of metrics.json; undefined where it has none. */
export function scoreOf({ metrics }: Pick<RunReport, 'metrics'>, name: string): number | undefined {
  const value = fieldOf(metrics, name);
  return typeof value === 'number' ? value : undefined;
}

/** What the evaluation warns of: a score alone can look well. */
export function warningsOf({ metrics }: Pick<RunReport, 'metrics'>): readonly string[] {
  const warnings = fieldOf(metrics, 'warnings');
  return Array.isArray(warnings) ? warnings.map(String) : [];
}

function fieldOf(object: unknown, name: string): unknown {
  if (typeof object !== 'object' || object === null) return undefined;
  return Object.entries(object).find(([key]) => key === name)?.[1];
}
