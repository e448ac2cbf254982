import type { TaskId } from '../../tasks/artifacts/catalogue.ts';
import type { Run } from '../../tasks/artifacts/run-dates.ts';
import type { Progress } from '../../tasks/runtime/task.ts';
import type { TaskDefinition } from './dag.ts';

export const outcomes = ['succeeded', 'failed', 'preempted', 'timed-out', 'lost', 'cancelled', 'not-ready'] as const;
export type Outcome = (typeof outcomes)[number];

/** A cluster has the choice between the first two. */
export const placements = ['spot', 'on-demand', 'local'] as const;
export type Placement = (typeof placements)[number];

/** An attempt to start: its name (run, task, number) is deterministic, so that starting it twice is harmless. */
export interface AttemptSpec {
  readonly run: Run;
  readonly task: TaskDefinition;
  readonly number: number;
  readonly placement: Placement;
}

/** An attempt that the run record has as queued or running. */
export interface OpenAttempt {
  readonly run: Run;
  readonly taskId: TaskId;
  readonly number: number;
  readonly queuedAt: string;
  /** Whether it has been seen running. */
  readonly hasStarted: boolean;
}

export type Observation =
  /** There is no such attempt: it was never started, or nothing is left of it. */
  | { readonly phase: 'absent' }
  /** Its name is taken by what an earlier life of the record started: that must be ended first. */
  | { readonly phase: 'stale' }
  | { readonly phase: 'queued'; readonly pendingReason?: string }
  | { readonly phase: 'running'; readonly progress?: Progress; readonly node?: AttemptNode }
  /** It does not end by itself (its node is dead, its image cannot be pulled): it must be ended. */
  | { readonly phase: 'stuck'; readonly outcome: 'lost' | 'failed'; readonly reason: string }
  | ({ readonly phase: 'ended' } & AttemptEnd);

export interface AttemptEnd {
  readonly outcome: Outcome;
  readonly exitCode?: number;
  readonly reason?: string;
  readonly node?: AttemptNode;
}

/** Where an attempt ran, as far as the cluster shows it. */
export interface AttemptNode {
  readonly name: string;
  /** As `m5.large`. */
  readonly type?: string | undefined;
}

/** The executor is unavailable: nothing is known to have failed, and the next turn asks again. */
export class ExecutorUnavailable extends Error {
  override readonly name: string = 'ExecutorUnavailable';
}

/**
 * Where attempts run. It knows nothing of retries: each attempt is started once, observed, and perhaps ended early.
 * Any call may throw ExecutorUnavailable; repeating it later is harmless.
 */
export interface Executor {
  /** How an attempt ended that was seen running and is absent now. */
  readonly vanished: AttemptEnd;
  /** Where all of its attempts run; undefined where there is a choice. */
  readonly onlyPlacement?: Placement;
  start(spec: AttemptSpec): Promise<void>;
  /** Only looks. */
  observe(attempt: OpenAttempt): Promise<Observation>;
  /** Begins to end the attempt; it is over when `observe` says so. */
  cancel(attempt: OpenAttempt): Promise<void>;
  /** Returns when something may have changed, at the latest after `seconds`, or when the signal is aborted. */
  waitForChange(seconds: number, signal: AbortSignal): Promise<void>;
  /** Ends the attempts that cannot live without this process; they are gone when it returns. */
  close(): Promise<void>;
}
