import { markerKey } from '../../tasks/artifacts/artifact-keys.ts';
import { outputsOf, type TaskId } from '../../tasks/artifacts/catalogue.ts';
import { removeScratch } from '../../tasks/artifacts/remove-scratch.ts';
import { settleOpenAttempts } from './decide.ts';
import { type Orchestration, openAttemptOf } from './reconcile.ts';
import { openAttempt, type RunRecord, reopened, type TaskRecord, taskRecord } from './run-record.ts';

/**
 * Forgets that tasks are complete, so that the next `run` does them again: ends their attempts and waits until they are
 * gone, deletes their markers and scratch, and resets the counts of retries and of the cap. Attempt numbers go on.
 * @throws the signal's reason when it is aborted meanwhile: what is cancelled so far stays cancelled
 */
export async function clearTasks(
  orchestration: Orchestration,
  taskIds: readonly TaskId[],
  signal: AbortSignal,
): Promise<void> {
  for (const taskId of taskIds) await endAttempt(orchestration, taskId, 'the task was cleared', signal);
  for (const taskId of taskIds) await forgetOutputs(orchestration, taskId);
  const record = reopened(orchestration.lease.record, orchestration.clock());
  const tasks = { ...record.tasks };
  for (const taskId of taskIds) {
    // what follows is complete again once this one is, if its inputs come out the same
    for (const follower of withDownstream(orchestration.dag, taskId))
      tasks[follower] = waiting(taskRecord(record, follower));
  }
  for (const taskId of taskIds) tasks[taskId] = cleared(taskRecord(record, taskId));
  await orchestration.lease.save({ ...record, tasks });
}

/** The task, or with its downstream: everything that is made from its outputs or waits for it. */
export function withDownstream(dag: Orchestration['dag'], taskId: TaskId): TaskId[] {
  const found = new Set([taskId]);
  for (const task of dag.tasks) {
    if (task.upstream.some((upstream) => found.has(upstream))) found.add(task.taskId);
  }
  return [...found];
}

function waiting({ state, attempts, clearedThrough }: TaskRecord): TaskRecord {
  return { state: state === 'success' ? 'none' : state, attempts, clearedThrough };
}

function cleared({ attempts }: TaskRecord): TaskRecord {
  return { state: 'none', attempts, clearedThrough: attempts.at(-1)?.number ?? 0 };
}

/** Cancels the task's open attempt, if there is one, and waits until it is gone. */
export async function endAttempt(
  orchestration: Orchestration,
  taskId: TaskId,
  reason: string,
  signal: AbortSignal,
): Promise<void> {
  const { lease, executor, clock } = orchestration;
  const attempt = openAttemptOf(orchestration, taskId);
  if (!attempt) return;
  await lease.save(withEnding(lease.record, taskId, reason));
  await executor.cancel(attempt);
  for (;;) {
    const observation = await executor.observe(attempt);
    const observations = new Map([[taskId, observation]]);
    const facts = { published: new Set<TaskId>(), observations, vanished: executor.vanished };
    await lease.save(settleOpenAttempts(lease.record, facts, clock()));
    if (!openAttempt(taskRecord(lease.record, taskId))) return;
    await executor.waitForChange(0.2, signal);
    signal.throwIfAborted();
  }
}

function withEnding(record: RunRecord, taskId: TaskId, reason: string): RunRecord {
  const task = taskRecord(record, taskId);
  const ending = { outcome: 'cancelled', reason } as const;
  const attempts = task.attempts.map((attempt) => (attempt.phase === 'ended' ? attempt : { ...attempt, ending }));
  return { ...record, tasks: { ...record.tasks, [taskId]: { ...task, attempts } } };
}

async function forgetOutputs({ artifacts }: Orchestration, taskId: TaskId): Promise<void> {
  for (const name of outputsOf(taskId)) await artifacts.store.delete(markerKey(artifacts.keyOf(name)));
  await removeScratch(artifacts, taskId);
}
