import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Run } from '../../tasks/artifacts/run-dates.ts';
import { PreconditionFailed } from '../../tasks/artifacts/stores/store-errors.ts';
import type { Dag } from './dag.ts';
import { type Holder, newRunRecord, type RunRecord } from './run-record.ts';
import type { RunStore, StoredRun } from './run-store.ts';

export interface LeaseTiming {
  readonly renewSeconds: number;
  /** A counter that has not changed for so long, by the watcher's own clock, has no living holder. */
  readonly staleSeconds: number;
}

export const leaseTiming: LeaseTiming = { renewSeconds: 5, staleSeconds: 15 };

/** Who holds a lease, for people. */
export function holderText({ pid, host, startedAt, command }: Holder): string {
  const what = command ? ` ('pipeline ${command}')` : '';
  return `process ${pid}${what} on ${host.split('/', 1)[0]}, since ${startedAt.slice(0, 19)}Z`;
}

/** Another orchestrator holds the lease (or has taken it over). */
export class LeaseTaken extends Error {
  override readonly name = 'LeaseTaken';
  constructor(runId: string, holder?: Holder | null) {
    super(`run ${runId} is led by ${holder ? holderText(holder) : 'another orchestrator, or was stopped'}`);
  }
}

/**
 * What is done where another orchestrator is alive and holds the lease: it is refused; or waited for until it is free, be it
 * when the run has ended; or taken, and the other then stops acting at its next save.
 */
export type WhenHeld = 'refuse' | 'wait' | 'take';

/** Which lease, and how long it is waited for. */
export interface LeaseRequest {
  readonly runs: RunStore;
  readonly dag: Dag;
  readonly run: Run;
  readonly timing: LeaseTiming;
  /** Default: it is refused. */
  readonly whenHeld?: WhenHeld | undefined;
  /** Gets the holder, once, where it may be alive: what follows is waiting. */
  readonly onHeld?: ((holder: Holder) => void) | undefined;
}

/**
 * Takes the lease of a run, uses it, and releases it, also when `use` throws: the next orchestrator need not wait. Where
 * it cannot be released, `onUnreleased` gets the reason; it then becomes stale.
 * @throws LeaseTaken when another orchestrator is alive and holds it
 */
export async function withLease<T>(
  request: LeaseRequest,
  signal: AbortSignal,
  onUnreleased: (error: Error) => void,
  use: (lease: Lease) => Promise<T>,
): Promise<T> {
  const lease = await Lease.take(request, signal);
  try {
    return await use(lease);
  } finally {
    await lease.release().catch(onUnreleased);
  }
}

/**
 * The right to act on a run: only the holder saves the run record. A save that fails means that the lease is lost: the
 * holder stops acting at once and leaves its attempts running.
 */
export class Lease {
  readonly #runs: RunStore;
  readonly #timing: LeaseTiming;
  #stored: StoredRun;
  #last: RunRecord | undefined;
  #savedAt: number;

  private constructor(runs: RunStore, timing: LeaseTiming, stored: StoredRun) {
    this.#runs = runs;
    this.#timing = timing;
    this.#stored = stored;
    this.#savedAt = performance.now();
  }

  /** At once when there is no holder, or it released the lease or is provably dead; else once the lease is stale. */
  static async take(request: LeaseRequest, signal: AbortSignal): Promise<Lease> {
    const { runs, dag, run, timing, whenHeld = 'refuse' } = request;
    let { onHeld } = request;
    const watch = new CounterWatch(timing);
    for (;;) {
      signal.throwIfAborted();
      const found = await runs.load(run.timestamp);
      const holder = found?.record.lease.holder;
      const isFree = whenHeld === 'take' || !found || !holder || isProvablyDead(holder);
      if (!isFree) {
        onHeld?.(holder);
        onHeld = undefined;
      }
      const state = isFree ? 'stale' : watch.look(found.record);
      if (state === 'alive' && whenHeld === 'refuse') throw new LeaseTaken(run.runId, holder);
      const record = found?.record ?? newRunRecord(dag, run, new Date());
      const lease = state === 'stale' && (await Lease.#tryToTake(runs, found, record, timing));
      if (lease) return lease;
      await sleep(Math.min(1000, timing.staleSeconds * 100), undefined, { signal }).catch(() => {});
    }
  }

  static async #tryToTake(
    runs: RunStore,
    found: StoredRun | undefined,
    record: RunRecord,
    timing: LeaseTiming,
  ): Promise<Lease | undefined> {
    try {
      const taken = { ...record, lease: { holder: thisProcess, counter: record.lease.counter + 1 } };
      return new Lease(runs, timing, await runs.save(taken, found?.info));
    } catch (error) {
      if (error instanceof PreconditionFailed) return undefined;
      throw error;
    }
  }

  get record(): RunRecord {
    return this.#stored.record;
  }

  /** Seconds until the counter must be renewed. */
  get renewalInSeconds(): number {
    return Math.max(0, this.#timing.renewSeconds - (performance.now() - this.#savedAt) / 1000);
  }

  /**
   * Saves what changed, or only renews the counter when it is time.
   * @throws LeaseTaken when another orchestrator has taken over
   */
  async save(record: RunRecord): Promise<void> {
    if (this.renewalInSeconds > 0 && isDeepStrictEqual(record, this.record)) return;
    await this.#save({ ...record, lease: { holder: thisProcess, counter: this.record.lease.counter + 1 } });
  }

  /** The record that goes with the release. */
  saveOnRelease(record: RunRecord): void {
    this.#last = record;
  }

  async release(): Promise<void> {
    const record = this.#last ?? this.record;
    await this.#save({ ...record, lease: { holder: null, counter: this.record.lease.counter + 1 } });
  }

  /** @throws NoConditionalWrites when the store would let two orchestrators hold the lease */
  async refuseUnconditionalStore(): Promise<void> {
    await this.#runs.refuseUnconditionalStore(this.#stored);
  }

  async #save(record: RunRecord): Promise<void> {
    try {
      this.#stored = await this.#runs.save(record, this.#stored.info);
      this.#savedAt = performance.now();
    } catch (error) {
      if (!(error instanceof PreconditionFailed)) throw error;
      this.#stored = await this.#findOwnSave();
      await this.#save(record);
    }
  }

  /** An earlier save may have arrived although the store reported a failure: then the record is still ours. */
  async #findOwnSave(): Promise<StoredRun> {
    const standing = await this.#runs.load(this.record.timestamp);
    const holder = standing?.record.lease.holder;
    if (!standing || holder?.id !== thisProcess.id) throw new LeaseTaken(this.record.runId, holder);
    return standing;
  }
}

/**
 * Watches the counter of another holder's lease. A pause between two looks counts as one missed renewal at most: what
 * held up the watcher may have held up the holder too.
 */
class CounterWatch {
  readonly #timing: LeaseTiming;
  #counter: number | undefined;
  #lookedAt = 0;
  #watchedSeconds = 0;
  #unchangedSeconds = 0;

  constructor(timing: LeaseTiming) {
    this.#timing = timing;
  }

  /** `alive`: watched for long enough, and renewed not long ago. */
  look({ lease: { counter } }: RunRecord): 'stale' | 'alive' | 'unsure' {
    const { renewSeconds, staleSeconds } = this.#timing;
    const seconds = this.#secondsSinceLastLook();
    this.#watchedSeconds += seconds;
    this.#unchangedSeconds = counter === this.#counter ? this.#unchangedSeconds + seconds : 0;
    this.#counter = counter;
    if (this.#unchangedSeconds >= staleSeconds) return 'stale';
    return this.#watchedSeconds >= staleSeconds && this.#unchangedSeconds < 2 * renewSeconds ? 'alive' : 'unsure';
  }

  #secondsSinceLastLook(): number {
    const now = performance.now();
    const seconds = this.#counter === undefined ? 0 : (now - this.#lookedAt) / 1000;
    this.#lookedAt = now;
    return Math.min(seconds, this.#timing.renewSeconds);
  }
}

/** As which this process holds leases. */
export const thisProcess: Holder = {
  id: randomUUID(),
  host: hostIdentity(),
  pid: process.pid,
  startedAt: new Date(Date.now() - process.uptime() * 1000).toISOString(),
  command: process.argv.slice(2).join(' '),
};

/** Equal only for processes that see each other's process ids: same machine, same boot, same container. */
function hostIdentity(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
    return `${hostname()}/${boot}/${readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, '')}`;
  } catch {
    return hostname();
  }
}

export function isProvablyDead({ id, host, pid }: Holder): boolean {
  if (host !== thisProcess.host) return false;
  // our own process id under another identity: a container that came back
  return pid === process.pid ? id !== thisProcess.id : !exists(pid);
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
