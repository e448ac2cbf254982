import { z } from 'zod';
import type { Run } from '../../tasks/artifacts/run-dates.ts';
import type { Dag } from './dag.ts';
import { outcomes, placements } from './executor.ts';

export const taskStates = [
  'none',
  'queued',
  'running',
  'success',
  'failed',
  'up_for_retry',
  'up_for_reschedule',
  'upstream_failed',
] as const;
export type TaskState = (typeof taskStates)[number];

const time = z.iso.datetime();

const open = {
  number: z.number().int().positive(),
  placement: z.enum(placements),
  queuedAt: time,
  node: z.object({ name: z.string(), type: z.string().optional() }).optional(),
  /** As what the orchestrator is ending it, and why. */
  ending: z
    .object({ outcome: z.enum(['timed-out', 'cancelled', 'lost', 'failed']), reason: z.string().optional() })
    .optional(),
};

const attemptSchema = z.preprocess(
  attemptFrom01,
  z.discriminatedUnion('phase', [
    z.object({ ...open, phase: z.literal('queued'), pendingReason: z.string().optional() }),
    /** `startedAt` is when it was first seen running. */
    z.object({ ...open, phase: z.literal('running'), startedAt: time }),
    z.object({
      ...open,
      phase: z.literal('ended'),
      startedAt: time.optional(),
      endedAt: time,
      outcome: z.enum(outcomes),
      exitCode: z.number().optional(),
      /** Why it did not succeed, in one sentence. */
      reason: z.string().optional(),
    }),
  ]),
);

/** Version 0.1 wrote no phase, which follows from the times, and of an ending only the outcome. */
function attemptFrom01(attempt: unknown): unknown {
  if (typeof attempt !== 'object' || attempt === null || 'phase' in attempt) return attempt;
  const phase = 'endedAt' in attempt ? 'ended' : 'startedAt' in attempt ? 'running' : 'queued';
  return { phase, ...attempt, ...('ending' in attempt && { ending: { outcome: attempt.ending } }) };
}

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

export const holderSchema = z.object({
  id: z.string(),
  host: z.string(),
  pid: z.number(),
  startedAt: time,
  /** As it was typed after `pipeline`. */
  command: z.string().optional(),
});

export const runRecordSchema = z.preprocess(
  recordFrom01,
  z.object({
    version: z.literal(1).default(1),
    dagId: z.string(),
    description: z.string().default(''),
    tags: z.array(z.string()).default([]),
    runId: z.string(),
    timestamp: z.string(),
    state: z.enum(['running', 'success', 'failed']),
    startedAt: time,
    endedAt: time.optional(),
    /** When a run that was published ceased to be: it was cleared, or what it was made from has changed. */
    unpublishedAt: time.optional(),
    lease: z.object({ holder: holderSchema.nullable(), counter: z.number().int().nonnegative() }),
    /** By task id: a task that the DAG no longer has is kept. */
    tasks: z.record(z.string(), taskRecordSchema),
  }),
);

/** Version 0.1 called it the lead. */
function recordFrom01(record: unknown): unknown {
  if (typeof record !== 'object' || record === null || !('lead' in record)) return record;
  return { lease: record.lead, ...record };
}

/** What is remembered of a run. Completeness is not: that is derived from the artifacts, every time. */
export type RunRecord = Readonly<z.output<typeof runRecordSchema>>;
export type TaskRecord = Readonly<z.output<typeof taskRecordSchema>>;
export type AttemptRecord = Readonly<z.output<typeof attemptSchema>>;
export type OpenAttemptRecord = Exclude<AttemptRecord, { phase: 'ended' }>;
export type EndedAttemptRecord = Extract<AttemptRecord, { phase: 'ended' }>;
export type Holder = Readonly<z.output<typeof holderSchema>>;

export function newRunRecord({ dagId, description, tags }: Dag, run: Run, now: Date): RunRecord {
  return {
    version: 1,
    dagId,
    description,
    tags: [...tags],
    runId: run.runId,
    timestamp: run.timestamp,
    state: 'running',
    startedAt: now.toISOString(),
    lease: { holder: null, counter: 0 },
    tasks: {},
  };
}

const emptyTask: TaskRecord = { state: 'none', attempts: [], clearedThrough: 0 };

/** The record of a run that goes on, perhaps again. */
export function reopened({ endedAt: _, ...record }: RunRecord, now: Date): RunRecord {
  const unpublishedAt = record.state === 'success' ? now.toISOString() : record.unpublishedAt;
  const startedAt = record.state === 'running' ? record.startedAt : now.toISOString();
  return { ...record, state: 'running', startedAt, ...(unpublishedAt && { unpublishedAt }) };
}

/** A task that the record does not have yet is in the empty state. */
export function taskRecord({ tasks }: Pick<RunRecord, 'tasks'>, taskId: string): TaskRecord {
  return tasks[taskId] ?? emptyTask;
}

/** The task's attempt that is queued or running. */
export function openAttempt(task: TaskRecord): OpenAttemptRecord | undefined {
  const last = task.attempts.at(-1);
  return last && last.phase !== 'ended' ? last : undefined;
}
