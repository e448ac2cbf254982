import { creditDefaultDag } from '../../pipeline/credit-default-dag.ts';
import { defineDag } from '../../pipeline/orchestrator/dag.ts';
import type { Facts } from '../../pipeline/orchestrator/decide.ts';
import type { Observation, Outcome } from '../../pipeline/orchestrator/executor.ts';
import {
  type AttemptRecord,
  type EndedAttemptRecord,
  newRunRecord,
  type RunRecord,
  type TaskRecord,
  taskRecord,
} from '../../pipeline/orchestrator/run-record.ts';
import { type TaskId, taskIds } from '../../tasks/artifacts/catalogue.ts';
import { runOf } from '../../tasks/artifacts/run-dates.ts';

export const start = new Date('2024-02-01T00:00:00.000Z');
export const run = runOf(creditDefaultDag.schedule, '2024-01-01', start);
export const dag = defineDag(creditDefaultDag, 'credit_default_pipeline');

export function secondsLater(seconds: number): Date {
  return new Date(start.getTime() + seconds * 1000);
}

/** A run of which only these tasks have a past; a success for every task that `done` names. */
export function recordWith(
  tasks: Partial<Record<TaskId, Partial<TaskRecord>>>,
  done: readonly TaskId[] = [],
): RunRecord {
  const record = newRunRecord(dag, run, start);
  const all = { ...record.tasks };
  for (const taskId of taskIds) {
    const state = done.includes(taskId) ? 'success' : 'none';
    all[taskId] = { ...taskRecord(record, taskId), state, ...tasks[taskId] };
  }
  return { ...record, tasks: all };
}

/** What any phase of an attempt may have. */
type AnyAttempt = Pick<AttemptRecord, 'number' | 'placement' | 'queuedAt' | 'ending' | 'phase'> &
  Partial<Omit<EndedAttemptRecord, 'phase'>> & { readonly pendingReason?: string | undefined };

type AnyTask = Omit<TaskRecord, 'attempts'> & { readonly attempts: readonly AnyAttempt[] };

export function tasksOf(record: RunRecord): Readonly<Record<TaskId, AnyTask>> {
  const task = (taskId: TaskId) => taskRecord(record, taskId);
  return {
    create_s3_bucket: task('create_s3_bucket'),
    fetch_data: task('fetch_data'),
    train_model: task('train_model'),
    evaluate_model: task('evaluate_model'),
  };
}

export function factsOf(published: readonly TaskId[], observations: Partial<Record<TaskId, Observation>> = {}): Facts {
  const seen = new Map<TaskId, Observation>();
  for (const taskId of taskIds) {
    const observation = observations[taskId];
    if (observation) seen.set(taskId, observation);
  }
  return { published: new Set(published), observations: seen, vanished: { outcome: 'lost', reason: 'it vanished' } };
}

/** Queued and running at the start; ended a minute later. */
export function endedAttempt(number: number, outcome: Outcome, exitCode?: number): EndedAttemptRecord {
  return {
    number,
    placement: 'spot',
    queuedAt: start.toISOString(),
    phase: 'ended',
    startedAt: start.toISOString(),
    endedAt: secondsLater(60).toISOString(),
    outcome,
    ...(exitCode !== undefined && { exitCode }),
  };
}

export function startedAttempt(number: number) {
  return { ...queuedAttempt(number), phase: 'running', startedAt: start.toISOString() } as const;
}

export function queuedAttempt(number: number) {
  return { phase: 'queued', number, placement: 'spot', queuedAt: start.toISOString() } as const;
}

/** Makes every later write into it throw. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
