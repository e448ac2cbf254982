import type { TaskId } from '../../tasks/artifacts/artifact-keys.ts';
import type { Run } from '../../tasks/artifacts/run-dates.ts';
import type { Progress } from '../../tasks/runtime/task.ts';
import type { TaskDefinition } from './dag.ts';

export const outcomes = ['succeeded', 'failed', 'preempted', 'timed-out', 'lost', 'cancelled'] as const;
export type Outcome = (typeof outcomes)[number];

export const placements = ['spot', 'on-demand'] as const;
export type Placement = (typeof placements)[number];

/** An attempt to start: its name (run, task, number) is deterministic, so that starting it twice is harmless. */
export interface AttemptSpec {
  readonly run: Run;
  readonly task: TaskDefinition;
  readonly number: number;
  readonly placement: Placement;
}

/** An attempt that the run record knows of and that has not been seen to end. */
export interface OpenAttempt {
  readonly run: Run;
  readonly taskId: TaskId;
  readonly number: number;
  readonly queuedAt: string;
  /** Whether it has been seen running. */
  readonly hasStarted: boolean;
}

export type Observation =
  | { readonly phase: 'absent' }
  | { readonly phase: 'queued'; readonly reason?: string }
  | { readonly phase: 'running'; readonly progress?: Progress }
  | ({ readonly phase: 'ended' } & AttemptEnd);

export interface AttemptEnd {
  readonly outcome: Outcome;
  readonly exitCode?: number;
  readonly reason?: string;
}

/** The executor cannot be asked just now: nothing is known to have failed, and the next turn asks again. */
export class ExecutorUnavailable extends Error {
  override readonly name: string = 'ExecutorUnavailable';
}

/**
 * Where attempts run. It knows nothing of retries: each attempt is started once, watched, and perhaps ended early.
 * Any call may throw ExecutorUnavailable; doing it again later is harmless.
 */
export interface Executor {
  start(order: AttemptSpec): Promise<void>;
  observe(attempt: OpenAttempt): Promise<Observation>;
  /** Begins to end the attempt; it is over when `observe` says so. */
  cancel(attempt: OpenAttempt): Promise<void>;
  /** Returns when something may have changed, at the latest after `seconds`, or when the signal is aborted. */
  waitForChange(seconds: number, signal: AbortSignal): Promise<void>;
  /** The orchestrator leaves: attempts that cannot live without it are ended, and gone when this returns. */
  close(): Promise<void>;
}
