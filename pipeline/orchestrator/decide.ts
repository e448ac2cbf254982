import type { TaskId } from '../../tasks/artifacts/artifact-keys.ts';
import type { Dag, TaskDefinition } from './dag.ts';
import type { AttemptEnd, Observation, Outcome, Placement } from './executor.ts';
import { nextTry } from './retry-policy.ts';
import { type AttemptRecord, openAttempt, type RunRecord, type TaskRecord, type TaskState } from './run-record.ts';

/** What was found this turn. */
export interface Facts {
  /** The tasks whose outputs are all published and current. */
  readonly published: ReadonlySet<TaskId>;
  /** What the executor says of each open attempt. */
  readonly observations: ReadonlyMap<TaskId, Observation>;
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
 * One turn's decision, pure. Completeness is derived anew from the first task down: a task whose upstream is not
 * published is not ready, whatever was recorded. Doing the actions twice is harmless, since attempts have fixed names.
 */
export function decide(dag: Dag, record: RunRecord, facts: Facts, now: Date): Decision {
  const tasks = { ...record.tasks };
  const actions: Action[] = [];
  for (const definition of dag.tasks) {
    const { taskId } = definition;
    const settled = settle(tasks[taskId], facts.observations.get(taskId), facts.published.has(taskId), now);
    const upstream = definition.upstream.map((id) => tasks[id].state);
    const decided = decideTask(definition, settled, upstream, facts, `${dag.dagId}#${taskId}#${record.timestamp}`, now);
    tasks[taskId] = decided.task;
    actions.push(...decided.actions);
  }
  return { record: withRunState({ ...record, tasks }, now), actions };
}

/** Records what was observed of every open attempt, and decides nothing: for an orchestrator that is leaving. */
export function settleOpenAttempts(record: RunRecord, facts: Facts, now: Date): RunRecord {
  const tasks = { ...record.tasks };
  for (const [taskId, observation] of facts.observations) {
    const isPublished = facts.published.has(taskId);
    const task = settle(tasks[taskId], observation, isPublished, now);
    tasks[taskId] = openAttempt(task) ? task : enter(task, isPublished ? 'success' : 'none').task;
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
  const isAbsent = facts.observations.get(taskId)?.phase === 'absent';
  if (open && !isAbsent) return watch(taskId, task, open, policy.executionTimeoutSeconds, now);
  if (upstream.some((state) => state === 'failed' || state === 'upstream_failed'))
    return enter(task, 'upstream_failed');
  if (upstream.some((state) => state !== 'success')) return enter(task, 'none');
  if (facts.published.has(taskId)) return enter(task, 'success');
  if (open) return startAgain(taskId, task, open);

  const next = nextTry(policy, task, identity, now);
  if (next.kind === 'give-up') return enter(task, 'failed', { reason: next.reason });
  if (next.at > now) return enter(task, 'up_for_retry', { retryAt: next.at.toISOString() });
  return startNext(taskId, task, next.placement, now);
}

function enter(task: TaskRecord, state: TaskState, extra: Pick<TaskRecord, 'retryAt' | 'reason'> = {}): TaskDecision {
  const { attempts, clearedThrough } = task;
  return { task: { state, attempts, clearedThrough, ...extra }, actions: [] };
}

function startNext(taskId: TaskId, task: TaskRecord, placement: Placement, now: Date): TaskDecision {
  const number = (task.attempts.at(-1)?.number ?? 0) + 1;
  const attempt: AttemptRecord = { number, placement, queuedAt: now.toISOString() };
  const queued = enter({ ...task, attempts: [...task.attempts, attempt] }, 'queued');
  return { ...queued, actions: [{ type: 'start', taskId, number, placement }] };
}

/** An attempt that was recorded but never came to be: a crash came in between. */
function startAgain(taskId: TaskId, task: TaskRecord, { number, placement }: AttemptRecord): TaskDecision {
  return { ...enter(task, 'queued'), actions: [{ type: 'start', taskId, number, placement }] };
}

/** An attempt is under way: end it when its time is over, else wait. */
function watch(taskId: TaskId, task: TaskRecord, open: AttemptRecord, timeoutSeconds: number, now: Date): TaskDecision {
  const { task: watched } = enter(task, open.startedAt ? 'running' : 'queued');
  if (open.ending) return { task: watched, actions: [{ type: 'cancel', taskId }] };
  if (!isOverdue(open, timeoutSeconds, now)) return { task: watched, actions: [] };
  const ending: AttemptRecord = { ...open, ending: 'timed-out' };
  return { task: withLastAttempt(watched, ending), actions: [{ type: 'cancel', taskId }] };
}

function isOverdue({ startedAt }: AttemptRecord, timeoutSeconds: number, now: Date): boolean {
  return startedAt !== undefined && now.getTime() >= Date.parse(startedAt) + timeoutSeconds * 1000;
}

/** The open attempt with what was observed of it. */
function settle(task: TaskRecord, observation: Observation | undefined, isPublished: boolean, now: Date): TaskRecord {
  const open = openAttempt(task);
  if (!open || !observation) return task;
  const { reason: _whyItWaited, ...attempt } = open;
  switch (observation.phase) {
    case 'queued':
      return withLastAttempt(task, { ...attempt, ...(observation.reason && { reason: observation.reason }) });
    case 'running':
      return withLastAttempt(task, { ...attempt, startedAt: open.startedAt ?? now.toISOString() });
    case 'absent':
      // never seen running: it is started (again) under its own name
      if (!open.startedAt && !open.ending && !isPublished) return task;
      return withLastAttempt(task, ended(attempt, { outcome: 'lost', reason: 'it vanished' }, isPublished, now));
    case 'ended':
      return withLastAttempt(task, ended(attempt, observation, isPublished, now));
  }
}

function ended(open: AttemptRecord, seen: AttemptEnd, isPublished: boolean, now: Date): AttemptRecord {
  const outcome = outcomeOf(open, seen.outcome, isPublished);
  const reason = reasonOf(open, seen.outcome, outcome) ?? seen.reason;
  return {
    ...open,
    endedAt: now.toISOString(),
    outcome,
    ...(seen.exitCode !== undefined && { exitCode: seen.exitCode }),
    ...(reason !== undefined && outcome !== 'succeeded' && { reason }),
  };
}

/** What the orchestrator knows better than the attempt did. */
function reasonOf(open: AttemptRecord, seen: Outcome, outcome: Outcome): string | undefined {
  if (outcome === 'timed-out' && open.ending) return 'it was ended when its execution timeout was over';
  return seen === 'succeeded' && outcome === 'failed' ? 'it exited 0 without publishing its outputs' : undefined;
}

/** Markers before exit codes; then what we ended it for; then what was seen. */
function outcomeOf(open: AttemptRecord, seen: Outcome, isPublished: boolean): Outcome {
  if (isPublished) return 'succeeded';
  if (open.ending) return open.ending;
  return seen === 'succeeded' ? 'failed' : seen;
}

function withLastAttempt(task: TaskRecord, attempt: AttemptRecord): TaskRecord {
  return { ...task, attempts: [...task.attempts.slice(0, -1), attempt] };
}

function withRunState(record: RunRecord, now: Date): RunRecord {
  const states = Object.values(record.tasks).map(({ state }) => state);
  const { endedAt = now.toISOString(), ...running } = record;
  if (states.every((state) => state === 'success')) return { ...running, state: 'success', endedAt };
  const isSettled = states.every((state) => state === 'success' || state === 'failed' || state === 'upstream_failed');
  return isSettled ? { ...running, state: 'failed', endedAt } : { ...running, state: 'running' };
}
