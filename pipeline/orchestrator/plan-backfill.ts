import type { TaskId } from '../../tasks/artifacts/catalogue.ts';
import type { Run } from '../../tasks/artifacts/run-dates.ts';
import type { Dag } from './dag.ts';
import { isProvablyDead } from './lease.ts';
import { type RunRecord, taskRecord } from './run-record.ts';

/** Which runs a backfill does, as in Airflow. */
export const reprocessings = ['missing', 'failed', 'all'] as const;
export type Reprocess = (typeof reprocessings)[number];

/** What is found of a run. */
export interface FoundRun {
  readonly run: Run;
  /** Undefined where there is none. */
  readonly record: RunRecord | 'unreadable' | undefined;
  /** Whether all of its artifacts are published, made with any settings. */
  readonly isPublished: boolean;
}

/** What a backfill does with a run: nothing, or clear some tasks (perhaps none) and take it to its end. */
export interface PlannedRun {
  readonly run: Run;
  readonly state: 'none' | 'unreadable' | 'unfinished' | 'success' | 'failed' | 'lost';
  readonly isWanted: boolean;
  readonly cleared: readonly TaskId[];
  readonly reason: string;
}

/** Which runs, and since when this backfill works: what ran since is its own work, and is not cleared again. */
export interface BackfillRequest {
  readonly reprocess: Reprocess;
  readonly begunAt: Date;
}

/** Pure: it is asked before the first run, and of each run again once its lease is held. */
export function planRun(dag: Dag, found: FoundRun, { reprocess, begunAt }: BackfillRequest): PlannedRun {
  const { run, record } = found;
  const state = stateOf(found);
  const known = record === 'unreadable' ? undefined : record;
  const all = dag.tasks.map(({ taskId }) => taskId);
  const plan = (isWanted: boolean, reason: string, cleared: readonly TaskId[] = []): PlannedRun => ({
    run,
    state,
    isWanted,
    cleared,
    reason,
  });

  const isOwnWork = known !== undefined && hasWorkedSince(known, begunAt);
  if (reprocess === 'all' && !isOwnWork && state !== 'none') return plan(true, 'all are done again', all);
  switch (state) {
    case 'none':
      return plan(true, 'it has never run');
    case 'unreadable':
      return plan(false, 'its record cannot be read');
    case 'unfinished':
      return plan(true, unfinishedReason(known));
    case 'lost':
      return plan(true, 'an artifact is not published any more');
    case 'success':
      return plan(false, isOwnWork && reprocess === 'all' ? 'this backfill has done it' : 'it is done');
    case 'failed':
      if (isOwnWork) return plan(false, 'it failed in this backfill');
      if (reprocess === 'missing') return plan(false, "'--reprocess failed' does it again");
      return plan(
        true,
        'what failed is done again',
        all.filter((taskId) => !isDone(known, taskId)),
      );
  }
}

function stateOf({ record, isPublished }: FoundRun): PlannedRun['state'] {
  if (record === undefined) return 'none';
  if (record === 'unreadable') return 'unreadable';
  if (record.state === 'running') return 'unfinished';
  return record.state === 'success' && !isPublished ? 'lost' : record.state;
}

function unfinishedReason(record: RunRecord | undefined): string {
  const holder = record?.lease.holder;
  if (!holder || isProvablyDead(holder)) return 'it is unfinished';
  return `led by process ${holder.pid} on ${holder.host.split('/', 1)[0]}`;
}

function isDone(record: RunRecord | undefined, taskId: TaskId): boolean {
  return record !== undefined && taskRecord(record, taskId).state === 'success';
}

function hasWorkedSince({ tasks }: RunRecord, moment: Date): boolean {
  return Object.values(tasks).some(({ attempts }) =>
    attempts.some(({ queuedAt }) => Date.parse(queuedAt) >= moment.getTime()),
  );
}
