import { messageOf } from '../../tasks/artifacts/message-of.ts';
import { removeScratch } from '../../tasks/artifacts/remove-scratch.ts';
import { Stopped } from '../../tasks/runtime/errors.ts';
import type { Log } from '../../tasks/runtime/log.ts';
import { type Facts, settleOpenAttempts } from './decide.ts';
import { ExecutorUnavailable } from './executor.ts';
import { isOutage, Outage, pollSeconds } from './outage.ts';
import { type Orchestration, observe, reconcile } from './reconcile.ts';
import { openAttempt, type RunRecord, taskRecord } from './run-record.ts';

/** Gets what each turn came to. */
export type OnTurn = (record: RunRecord, facts: Facts) => void;

/**
 * Turns until the run settles, or waits for data that is not ready; its record then. When the signal is aborted the run stays unfinished.
 * @throws Stopped when the signal is aborted
 * @throws LeaseTaken when another orchestrator has taken over
 */
export async function orchestrate(
  orchestration: Orchestration,
  onTurn: OnTurn,
  log: Log,
  signal: AbortSignal,
): Promise<RunRecord> {
  const { lease, executor } = orchestration;
  const outage = new Outage(log);
  let facts: Facts | undefined;
  try {
    while (!signal.aborted) {
      try {
        facts = await turn(orchestration, facts);
        onTurn(lease.record, facts);
        if (lease.record.state === 'success') await removeAllScratch(orchestration, log);
        if (lease.record.state !== 'running' || waitsForWakeUp(orchestration)) return lease.record;
        outage.end();
      } catch (error) {
        outage.tolerate(error);
      }
      await executor.waitForChange(outage.isOn ? pollSeconds : secondsToWait(orchestration), signal);
    }
    const { runId, timestamp } = lease.record;
    throw new Stopped(
      `stopped; run ${runId} is unfinished: 'npx pipeline run --logical-date ${timestamp}' goes on with it`,
    );
  } finally {
    await executor.close();
    if (signal.aborted && lease.record.state === 'running') await recordEnds(orchestration, onTurn, log);
  }
}

/** Its data is not ready, nothing else goes on, and no one is to wait for it: the next wake-up goes on with the run. */
function waitsForWakeUp({ dag, lease }: Orchestration): boolean {
  const tasks = dag.tasks.map(({ taskId, policy }) => ({ ...taskRecord(lease.record, taskId), policy }));
  const waiting = tasks.filter(({ state }) => state === 'up_for_reschedule');
  const isIdle = tasks.every(({ state }) => ['success', 'none', 'up_for_reschedule'].includes(state));
  return isIdle && waiting.length > 0 && waiting.every(({ policy }) => policy.readyEverySeconds === undefined);
}

/** An attempt that is killed between publishing and its own cleaning leaves it: nothing else would ever remove it. */
async function removeAllScratch({ dag, artifacts }: Orchestration, log: Log): Promise<void> {
  try {
    for (const { taskId } of dag.tasks) await removeScratch(artifacts, taskId);
  } catch (error) {
    log.warn(`checkpoints could not be removed, the next start of this run does it: ${messageOf(error)}`);
  }
}

/** The lease must not become stale only because the executor is unavailable. */
async function turn(orchestration: Orchestration, before: Facts | undefined): Promise<Facts> {
  try {
    return await reconcile(orchestration, before);
  } catch (error) {
    if (error instanceof ExecutorUnavailable) await orchestration.lease.save(orchestration.lease.record);
    throw error;
  }
}

/** How the attempts ended that ended with this orchestrator; the next one looks again at the others. */
async function recordEnds(orchestration: Orchestration, onTurn: OnTurn, log: Log): Promise<void> {
  const { lease, clock } = orchestration;
  try {
    const facts = await observe(orchestration);
    const record = settleOpenAttempts(lease.record, facts, clock());
    lease.saveOnRelease(record);
    onTurn(record, facts);
  } catch (error) {
    if (!isOutage(error)) throw error;
    log.warn(`how the attempts ended could not be recorded: ${error.message}`);
  }
}

/** Until the next retry, deadline or renewal, whichever is first. */
function secondsToWait({ dag, lease, clock }: Orchestration): number {
  const now = clock().getTime();
  const moments = dag.tasks.flatMap(({ taskId, policy }) => {
    const task = taskRecord(lease.record, taskId);
    const open = openAttempt(task);
    const isTimed = open?.phase === 'running' && !open.ending;
    return [
      ...(task.retryAt ? [Date.parse(task.retryAt)] : []),
      ...(isTimed ? [Date.parse(open.startedAt) + policy.executionTimeoutSeconds * 1000] : []),
    ];
  });
  const seconds = moments.map((moment) => Math.max(0, moment - now) / 1000);
  return Math.min(pollSeconds, lease.renewalInSeconds, ...seconds);
}
