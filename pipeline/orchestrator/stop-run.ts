import { endAttempt } from './clear-tasks.ts';
import type { Orchestration } from './reconcile.ts';
import { type TaskRecord, taskRecord } from './run-record.ts';

/** How the reason begins that a run is recorded with. */
const byHand = 'stopped by hand';

/** Whether a task was ended, or has failed, for the sake of a stop by hand. */
export function isByHand(reason: string | undefined): boolean {
  return reason?.startsWith(byHand) ?? false;
}

/**
 * Gives up a run by hand: ends its attempts and waits until they are gone, and records the run as failed, so that no
 * wake-up takes it up again. What is published stays published.
 * @throws the signal's reason when it is aborted meanwhile: what is cancelled so far stays cancelled
 */
export async function stopRun(
  orchestration: Orchestration,
  why: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const reason = [byHand, ...(why ? [why] : [])].join(': ');
  const { dag, lease, clock } = orchestration;
  for (const { taskId } of dag.tasks) await endAttempt(orchestration, taskId, reason, signal);
  const { record } = lease;
  const tasks = { ...record.tasks };
  let isFirst = true;
  for (const { taskId } of dag.tasks) {
    const task = taskRecord(record, taskId);
    if (task.state === 'success') continue;
    tasks[taskId] = given(task, isFirst ? reason : undefined);
    isFirst = false;
  }
  await lease.save({ ...record, state: 'failed', endedAt: clock().toISOString(), tasks });
}

/** The first task that is not done has failed, those after it for its sake. */
function given({ retryAt: _, reason: __, ...task }: TaskRecord, reason: string | undefined): TaskRecord {
  return reason === undefined ? { ...task, state: 'upstream_failed' } : { ...task, state: 'failed', reason };
}
