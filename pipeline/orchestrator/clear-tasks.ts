import { blocksPrefix, markerKey, outputsOf, type TaskId } from '../../tasks/artifacts/artifact-keys.ts';
import { settleOpenAttempts } from './decide.ts';
import { type Orchestration, openAttemptOf } from './reconcile.ts';
import { openAttempt, type RunRecord, type TaskRecord } from './run-record.ts';

/**
 * Forgets that tasks are complete, so that the next `run` does them again: ends their attempts and waits until they are
 * gone, deletes their markers and checkpoints, and lets retries and the cap count anew. Attempt numbers go on.
 * @throws the signal's reason when it is told to stop while it waits: what is cancelled so far stays cancelled
 */
export async function clearTasks(
  orchestration: Orchestration,
  taskIds: readonly TaskId[],
  signal: AbortSignal,
): Promise<void> {
  for (const taskId of taskIds) await endAttempt(orchestration, taskId, signal);
  for (const taskId of taskIds) await forgetOutputs(orchestration, taskId);
  const { endedAt: _, ...record } = orchestration.lease.record;
  const tasks = { ...record.tasks };
  for (const taskId of taskIds) tasks[taskId] = cleared(tasks[taskId]);
  await orchestration.lease.save({ ...record, state: 'running', tasks });
}

/** The task, or with its downstream: everything that is made from its outputs or waits for it. */
export function withDownstream(dag: Orchestration['dag'], taskId: TaskId): TaskId[] {
  const found = new Set([taskId]);
  for (const task of dag.tasks) {
    if (task.upstream.some((upstream) => found.has(upstream))) found.add(task.taskId);
  }
  return [...found];
}

function cleared({ attempts }: TaskRecord): TaskRecord {
  return { state: 'none', attempts, clearedThrough: attempts.at(-1)?.number ?? 0 };
}

async function endAttempt(orchestration: Orchestration, taskId: TaskId, signal: AbortSignal): Promise<void> {
  const { lease, executor, clock } = orchestration;
  const attempt = openAttemptOf(orchestration, taskId);
  if (!attempt) return;
  await lease.save(withEnding(lease.record, taskId));
  await executor.cancel(attempt);
  for (;;) {
    const observation = await executor.observe(attempt);
    const facts = { published: new Set<TaskId>(), observations: new Map([[taskId, observation]]) };
    await lease.save(settleOpenAttempts(lease.record, facts, clock()));
    if (!openAttempt(lease.record.tasks[taskId])) return;
    await executor.waitForChange(0.2, signal);
    signal.throwIfAborted();
  }
}

function withEnding(record: RunRecord, taskId: TaskId): RunRecord {
  const task = record.tasks[taskId];
  const attempts = task.attempts.map((attempt) =>
    attempt.endedAt ? attempt : { ...attempt, ending: 'cancelled' as const },
  );
  return { ...record, tasks: { ...record.tasks, [taskId]: { ...task, attempts } } };
}

async function forgetOutputs({ artifacts, dag, run }: Orchestration, taskId: TaskId): Promise<void> {
  for (const name of outputsOf(taskId)) await artifacts.store.delete(markerKey(artifacts.keyOf(name)));
  if (taskId !== 'train_model') return;
  for await (const { key } of artifacts.store.list(blocksPrefix(dag.dagId, run.timestamp)))
    await artifacts.store.delete(key);
}
