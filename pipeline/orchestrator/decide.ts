import type { TaskId } from '../../tasks/artifacts/catalogue.ts';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import type { Dag, TaskDefinition } from './dag.ts';
import type { AttemptEnd, Observation, Placement } from './executor.ts';
import { nextTry } from './retry-policy.ts';
import {
  type AttemptRecord,
  type EndedAttemptRecord,
  type OpenAttemptRecord,
  openAttempt,
  type RunRecord,
  reopened,
  type TaskRecord,
  type TaskState,
  taskRecord,
} from './run-record.ts';

/** What was found this turn. */
export interface Facts {
  /** The tasks whose outputs are all published and current. */
  readonly published: ReadonlySet<TaskId>;
  /** What the executor observed of each open attempt. */
  readonly observations: ReadonlyMap<TaskId, Observation>;
  /** How an attempt ended that ran and is absent now. */
  readonly vanished: AttemptEnd;
  /** Where all attempts run, if there is no choice. */
  readonly onlyPlacement?: Placement | undefined;
}

export type Action =
  | { readonly type: 'start'; readonly taskId: TaskId; readonly number: number; readonly placement: Placement }
  | { readonly type: 'cancel'; readonly taskId: TaskId };

/** The record to save, and then what to do. */
export interface Decision {
  readonly record: RunRecord;
  readonly actions: readonly Action[];
}

interface TaskDecision {
  readonly task: TaskRecord;
  readonly actions: readonly Action[];
}

/**
 * One turn's decision, pure. Completeness is derived again from the first task down: a task whose upstream is not
 * published is not ready, even if the record says otherwise. Repeating the actions is harmless: names are fixed.
 */
export function decide(dag: Dag, record: RunRecord, facts: Facts, now: Date): Decision {
  const tasks = { ...record.tasks };
  const actions: Action[] = [];
  for (const definition of dag.tasks) {
    const { taskId } = definition;
    const settled = settle(taskRecord(record, taskId), taskId, facts, now);
    const upstream = definition.upstream.map((id) => taskRecord({ tasks }, id).state);
    const decided = decideTask(definition, settled, upstream, facts, `${dag.dagId}#${taskId}#${record.timestamp}`, now);
    tasks[taskId] = decided.task;
    actions.push(...decided.actions);
  }
  const states = dag.tasks.map(({ taskId }) => taskRecord({ tasks }, taskId).state);
  return { record: withRunState({ ...record, tasks }, states, now), actions };
}

/** Records what was observed of every open attempt, and decides nothing: for an orchestrator that is leaving. */
export function settleOpenAttempts(record: RunRecord, facts: Facts, now: Date): RunRecord {
  const tasks = { ...record.tasks };
  for (const taskId of facts.observations.keys()) {
    const task = settle(taskRecord(record, taskId), taskId, facts, now);
    tasks[taskId] = openAttempt(task) ? task : enter(task, facts.published.has(taskId) ? 'success' : 'none').task;
  }
  return { ...record, tasks };
}

function decideTask(
  { taskId, policy }: TaskDefinition,
  task: TaskRecord,
  upstream: readonly TaskState[],
  facts: Facts,
  identity: string,
  now: Date,
): TaskDecision {
  const open = openAttempt(task);
  const phase = facts.observations.get(taskId)?.phase;
  if (open && phase === 'stale') return { ...enter(task, 'queued'), actions: [{ type: 'cancel', taskId }] };
  if (open && phase !== 'absent') return watch(taskId, task, open, policy.executionTimeoutSeconds, now);
  if (upstream.some((state) => state === 'failed' || state === 'upstream_failed'))
    return enter(task, 'upstream_failed');
  if (upstream.some((state) => state !== 'success')) return enter(task, 'none');
  if (facts.published.has(taskId)) return enter(task, 'success');
  if (open) return startAgain(taskId, task, open);

  const next = nextTry(policy, task, identity, now);
  if (next.kind === 'give-up') return enter(task, 'failed', { reason: next.reason });
  if (next.at > now) return enter(task, next.state, { retryAt: next.at.toISOString(), ...reasonOf(task, next.state) });
  return startNext(taskId, task, facts.onlyPlacement ?? next.placement, now);
}

function enter(task: TaskRecord, state: TaskState, extra: Pick<TaskRecord, 'retryAt' | 'reason'> = {}): TaskDecision {
  const { attempts, clearedThrough } = task;
  return { task: { state, attempts, clearedThrough, ...extra }, actions: [] };
}

/** What it waits for. */
function reasonOf({ attempts }: TaskRecord, state: TaskState): Pick<TaskRecord, 'reason'> {
  const last = attempts.at(-1);
  return state === 'up_for_reschedule' && last?.phase === 'ended' && last.reason ? { reason: last.reason } : {};
}

function startNext(taskId: TaskId, task: TaskRecord, placement: Placement, now: Date): TaskDecision {
  const number = (task.attempts.at(-1)?.number ?? 0) + 1;
  const attempt: AttemptRecord = { phase: 'queued', number, placement, queuedAt: now.toISOString() };
  // one may wait for days: of those whose data was not ready only the last is kept
  const before = task.attempts.filter((earlier) => earlier.phase !== 'ended' || earlier.outcome !== 'not-ready');
  const queued = enter({ ...task, attempts: [...before, attempt] }, 'queued');
  return { ...queued, actions: [{ type: 'start', taskId, number, placement }] };
}

/** An attempt that was recorded but never started: a crash came in between. */
function startAgain(taskId: TaskId, task: TaskRecord, { number, placement }: AttemptRecord): TaskDecision {
  return { ...enter(task, 'queued'), actions: [{ type: 'start', taskId, number, placement }] };
}

/** An attempt is open: end it when its time is over, else wait. */
function watch(
  taskId: TaskId,
  task: TaskRecord,
  open: OpenAttemptRecord,
  timeoutSeconds: number,
  now: Date,
): TaskDecision {
  const { task: watched } = enter(task, open.phase);
  if (open.ending) return { task: watched, actions: [{ type: 'cancel', taskId }] };
  if (!isOverdue(open, timeoutSeconds, now)) return { task: watched, actions: [] };
  const ending = { outcome: 'timed-out', reason: 'it exceeded its execution timeout' } as const;
  return { task: withLastAttempt(watched, { ...open, ending }), actions: [{ type: 'cancel', taskId }] };
}

function isOverdue(open: OpenAttemptRecord, timeoutSeconds: number, now: Date): boolean {
  return open.phase === 'running' && now.getTime() >= Date.parse(open.startedAt) + timeoutSeconds * 1000;
}

/** The task with what was observed of its open attempt. */
function settle(task: TaskRecord, taskId: TaskId, facts: Facts, now: Date): TaskRecord {
  const open = openAttempt(task);
  const seen = facts.observations.get(taskId);
  if (!open || !seen) return task;
  const isPublished = facts.published.has(taskId);
  switch (seen.phase) {
    case 'stale':
      return task;
    case 'queued':
      return open.phase === 'queued' ? withLastAttempt(task, waiting(open, seen.pendingReason)) : task;
    case 'running':
      return withLastAttempt(task, { startedAt: now.toISOString(), ...common(open, seen), phase: 'running' });
    case 'stuck':
      return withLastAttempt(task, { ...open, ending: open.ending ?? { outcome: seen.outcome, reason: seen.reason } });
    case 'absent':
      // never seen running: it is started (again) under its own name
      if (open.phase === 'queued' && !open.ending && !isPublished) return task;
      return withLastAttempt(task, ended(open, facts.vanished, isPublished, now));
    case 'ended':
      return withLastAttempt(task, ended(open, seen, isPublished, now));
  }
}

function waiting({ pendingReason: _, ...open }: OpenAttemptRecord & { phase: 'queued' }, reason: string | undefined) {
  return { ...open, ...(reason !== undefined && { pendingReason: reason }) };
}

/** What outlives the attempt's phase. */
function common(open: OpenAttemptRecord, seen: Pick<AttemptEnd, 'node'>) {
  const { number, placement, queuedAt, ending, node = seen.node } = open;
  const startedAt = open.phase === 'running' ? open.startedAt : undefined;
  return {
    number,
    placement,
    queuedAt,
    ...(node && { node }),
    ...(startedAt && { startedAt }),
    ...(ending && { ending }),
  };
}

/** Markers come before exit codes; then what the orchestrator ended it as; then what was seen. */
function ended(open: OpenAttemptRecord, seen: AttemptEnd, isPublished: boolean, now: Date): EndedAttemptRecord {
  const { exitCode } = seen;
  const end = {
    ...common(open, seen),
    phase: 'ended' as const,
    endedAt: now.toISOString(),
    ...(exitCode !== undefined && { exitCode }),
  };
  if (isPublished) return { ...end, outcome: 'succeeded' };
  const { outcome, reason = seen.reason } = open.ending ?? withoutOutputs(seen);
  return { ...end, outcome, ...(reason !== undefined && { reason }) };
}

function withoutOutputs(seen: AttemptEnd): AttemptEnd {
  if (seen.outcome === 'failed' && seen.exitCode === exitCodes.notReady) return { ...seen, outcome: 'not-ready' };
  if (seen.outcome !== 'succeeded') return seen;
  return { outcome: 'failed', reason: 'it exited 0 without publishing its outputs' };
}

function withLastAttempt(task: TaskRecord, attempt: AttemptRecord): TaskRecord {
  return { ...task, attempts: [...task.attempts.slice(0, -1), attempt] };
}

function withRunState(record: RunRecord, states: readonly TaskState[], now: Date): RunRecord {
  const { endedAt = now.toISOString() } = record;
  if (states.every((state) => state === 'success')) return { ...record, state: 'success', endedAt };
  const isSettled = states.every((state) => state === 'success' || state === 'failed' || state === 'upstream_failed');
  return isSettled ? { ...record, state: 'failed', endedAt } : reopened(record, now);
}
