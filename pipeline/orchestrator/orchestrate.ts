import { StoreUnavailable } from '../../tasks/artifacts/stores/store-errors.ts';
import { Stopped } from '../../tasks/runtime/errors.ts';
import type { Log } from '../../tasks/runtime/log.ts';
import { type Facts, settleOpenAttempts } from './decide.ts';
import { ExecutorUnavailable } from './executor.ts';
import { LeaseTaken } from './lease.ts';
import { type Orchestration, observe, reconcile } from './reconcile.ts';
import { openAttempt, type RunRecord } from './run-record.ts';

/** What a turn came to, for those who show it. */
export type Watch = (record: RunRecord, facts: Facts) => void;

/** A store or cluster that is away does not fail a run; but nobody waits for it for ever. */
const patienceSeconds = 600;
const pollSeconds = 5;

/**
 * Turns until the run settles; its record then. When the signal is aborted the lead is given up and the run stays
 * unfinished.
 * @throws Stopped when the signal is aborted
 * @throws LeaseTaken when another orchestrator has taken over
 */
export async function orchestrate(
  orchestration: Orchestration,
  watch: Watch,
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
        watch(lease.record, facts);
        if (lease.record.state !== 'running') return await release(orchestration);
        outage.end();
      } catch (error) {
        outage.endure(error);
      }
      await executor.waitForChange(outage.isOn ? pollSeconds : secondsToWait(orchestration), signal);
    }
    throw new Stopped(`stopped; run ${lease.record.runId} is unfinished and goes on when it is started again`);
  } finally {
    await leave(orchestration, watch, log, signal);
  }
}

/** The lead must not lapse only because the executor is away. */
async function turn(orchestration: Orchestration, before: Facts | undefined): Promise<Facts> {
  try {
    return await reconcile(orchestration, before);
  } catch (error) {
    if (error instanceof ExecutorUnavailable) await orchestration.lease.save(orchestration.lease.record);
    throw error;
  }
}

const storeOutage = ['the object store does not answer', 'the object store answers again'] as const;
const executorOutage = ['attempts cannot be started or watched', 'attempts are watched again'] as const;

class Outage {
  readonly #log: Log;
  #since: number | undefined;
  /** What is said when it is over. */
  #end = '';

  constructor(log: Log) {
    this.#log = log;
  }

  get isOn(): boolean {
    return this.#since !== undefined;
  }

  /** @throws any other error than an outage, and that of an outage which lasts too long */
  endure(error: unknown): void {
    if (!isOutage(error)) throw error;
    const [trouble, end] = error instanceof StoreUnavailable ? storeOutage : executorOutage;
    if (this.#end !== end) this.#log.warn(`${trouble}, trying on: ${error.message}`);
    this.#end = end;
    this.#since ??= performance.now();
    if (performance.now() - this.#since > patienceSeconds * 1000) throw error;
  }

  end(): void {
    if (this.#since !== undefined) this.#log.info(this.#end);
    this.#since = undefined;
    this.#end = '';
  }
}

function isOutage(error: unknown): error is StoreUnavailable | ExecutorUnavailable {
  return error instanceof StoreUnavailable || error instanceof ExecutorUnavailable;
}

async function release({ lease }: Orchestration): Promise<RunRecord> {
  await lease.release();
  return lease.record;
}

/** Ends what cannot go on alone, records how it ended, and gives up the lead: if it cannot be, others find out by waiting. */
async function leave(orchestration: Orchestration, watch: Watch, log: Log, signal: AbortSignal): Promise<void> {
  const { lease, executor, clock } = orchestration;
  await executor.close();
  if (!signal.aborted || lease.record.lease.holder === null) return;
  try {
    const facts = await lastLook(orchestration);
    await lease.release(facts ? settleOpenAttempts(lease.record, facts, clock()) : lease.record);
    if (facts) watch(lease.record, facts);
  } catch (error) {
    if (!(error instanceof StoreUnavailable || error instanceof LeaseTaken)) throw error;
    log.warn(`the lease could not be given up: ${error.message}`);
  }
}

/** What a leaving orchestrator can still tell of its attempts; the next one looks again. */
async function lastLook(orchestration: Orchestration): Promise<Facts | undefined> {
  try {
    return await observe(orchestration);
  } catch (error) {
    if (error instanceof ExecutorUnavailable) return undefined;
    throw error;
  }
}

/** Until the next retry, deadline or renewal, whichever comes first. */
function secondsToWait({ dag, lease, clock }: Orchestration): number {
  const now = clock().getTime();
  const moments = dag.tasks.flatMap(({ taskId, policy }) => {
    const { retryAt, ...task } = lease.record.tasks[taskId];
    const { startedAt, ending } = openAttempt(task) ?? {};
    const deadline = startedAt && !ending && Date.parse(startedAt) + policy.executionTimeoutSeconds * 1000;
    return [retryAt && Date.parse(retryAt), deadline].filter((moment) => typeof moment === 'number');
  });
  const seconds = moments.map((moment) => Math.max(0, moment - now) / 1000);
  return Math.min(pollSeconds, lease.renewalInSeconds, ...seconds);
}
