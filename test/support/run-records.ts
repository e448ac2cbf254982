import { creditDefaultDag } from '../../pipeline/credit-default-dag.ts';
import type { Facts } from '../../pipeline/orchestrator/decide.ts';
import type { Observation, Outcome } from '../../pipeline/orchestrator/executor.ts';
import {
  type AttemptRecord,
  newRunRecord,
  type RunRecord,
  type TaskRecord,
} from '../../pipeline/orchestrator/run-record.ts';
import { type TaskId, taskIds } from '../../tasks/artifacts/artifact-keys.ts';
import { runOf } from '../../tasks/artifacts/run-dates.ts';

export const start = new Date('2024-02-01T00:00:00.000Z');
export const run = runOf('2024-01-01', start);
export const dag = creditDefaultDag('credit_default_pipeline');

export function secondsLater(seconds: number): Date {
  return new Date(start.getTime() + seconds * 1000);
}

/** A run of which only these tasks have a past; a success for every task that `done` names. */
export function recordWith(
  tasks: Partial<Record<TaskId, Partial<TaskRecord>>>,
  done: readonly TaskId[] = [],
): RunRecord {
  const record = newRunRecord(dag.dagId, run, start);
  const all = { ...record.tasks };
  for (const taskId of taskIds) {
    const state = done.includes(taskId) ? 'success' : 'none';
    all[taskId] = { ...all[taskId], state, ...tasks[taskId] };
  }
  return { ...record, tasks: all };
}

export function factsOf(published: readonly TaskId[], observations: Partial<Record<TaskId, Observation>> = {}): Facts {
  const seen = new Map<TaskId, Observation>();
  for (const taskId of taskIds) {
    const observation = observations[taskId];
    if (observation) seen.set(taskId, observation);
  }
  return { published: new Set(published), observations: seen };
}

/** Queued and running at the start of all time; ended a minute later. */
export function endedAttempt(number: number, outcome: Outcome, exitCode?: number): AttemptRecord {
  return {
    ...startedAttempt(number),
    endedAt: secondsLater(60).toISOString(),
    outcome,
    ...(exitCode !== undefined && { exitCode }),
  };
}

export function startedAttempt(number: number): AttemptRecord {
  return { ...queuedAttempt(number), startedAt: start.toISOString() };
}

export function queuedAttempt(number: number): AttemptRecord {
  return { number, placement: 'spot', queuedAt: start.toISOString() };
}

/** Makes every later write into it throw. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
