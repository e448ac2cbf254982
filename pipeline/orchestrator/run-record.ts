import { z } from 'zod';
import { type TaskId, taskIds } from '../../tasks/artifacts/artifact-keys.ts';
import type { Run } from '../../tasks/artifacts/run-dates.ts';
import { outcomes, placements } from './executor.ts';

export const taskStates = [
  'none',
  'queued',
  'running',
  'success',
  'failed',
  'up_for_retry',
  'upstream_failed',
] as const;
export type TaskState = (typeof taskStates)[number];

const time = z.iso.datetime();

const attemptSchema = z.object({
  number: z.number().int().positive(),
  placement: z.enum(placements),
  queuedAt: time,
  /** When it was first seen running. */
  startedAt: time.optional(),
  /** What the orchestrator ended it for. */
  ending: z.enum(['timed-out', 'cancelled']).optional(),
  endedAt: time.optional(),
  outcome: z.enum(outcomes).optional(),
  exitCode: z.number().optional(),
  /** Why it waits, or why it ended so, in one sentence. */
  reason: z.string().optional(),
});

const taskRecordSchema = z.object({
  state: z.enum(taskStates),
  attempts: z.array(attemptSchema),
  /** Attempts up to this number do not count against retries or the cap. */
  clearedThrough: z.number().int().nonnegative(),
  /** When the next attempt may start. */
  retryAt: time.optional(),
  /** Why it failed, in one sentence. */
  reason: z.string().optional(),
});

const holderSchema = z.object({ id: z.string(), host: z.string(), pid: z.number(), startedAt: time });

export const runRecordSchema = z.object({
  dagId: z.string(),
  runId: z.string(),
  timestamp: z.string(),
  state: z.enum(['running', 'success', 'failed']),
  startedAt: time,
  endedAt: time.optional(),
  lease: z.object({ holder: holderSchema.nullable(), counter: z.number().int().nonnegative() }),
  tasks: z.record(z.enum(taskIds), taskRecordSchema),
});

/** What is remembered of a run. Completeness is not: that is derived from the artifacts, every time. */
export type RunRecord = Readonly<z.infer<typeof runRecordSchema>>;
export type TaskRecord = Readonly<z.infer<typeof taskRecordSchema>>;
export type AttemptRecord = Readonly<z.infer<typeof attemptSchema>>;
export type Holder = Readonly<z.infer<typeof holderSchema>>;

export function newRunRecord(dagId: string, run: Run, now: Date): RunRecord {
  const task: TaskRecord = { state: 'none', attempts: [], clearedThrough: 0 };
  return {
    dagId,
    runId: run.runId,
    timestamp: run.timestamp,
    state: 'running',
    startedAt: now.toISOString(),
    lease: { holder: null, counter: 0 },
    tasks: { create_s3_bucket: task, fetch_data: task, train_model: task, evaluate_model: task },
  };
}

/** The task's attempt that has not been seen to end. */
export function openAttempt(task: TaskRecord): AttemptRecord | undefined {
  const last = task.attempts.at(-1);
  return last && !last.endedAt ? last : undefined;
}

export function tasksWithOpenAttempts(record: RunRecord): TaskId[] {
  return taskIds.filter((taskId) => openAttempt(record.tasks[taskId]) !== undefined);
}
