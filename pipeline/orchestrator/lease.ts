import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Run } from '../../tasks/artifacts/run-dates.ts';
import { PreconditionFailed } from '../../tasks/artifacts/stores/store-errors.ts';
import { type Holder, newRunRecord, type RunRecord } from './run-record.ts';
import type { RunStore, StoredRun } from './run-store.ts';

export interface LeaseTiming {
  readonly renewSeconds: number;
  /** A counter that was watched standing still for so long, by the watcher's own clock, has no living holder. */
  readonly staleSeconds: number;
}

export const leaseTiming: LeaseTiming = { renewSeconds: 5, staleSeconds: 15 };

/** Another orchestrator leads the run (or has taken it over). */
export class LeaseTaken extends Error {
  override readonly name = 'LeaseTaken';
  constructor(runId: string, holder?: Holder | null) {
    const who = holder ? `process ${holder.pid} on ${holder.host}, since ${holder.startedAt}` : 'another orchestrator';
    super(`run ${runId} is led by ${who}`);
  }
}

/**
 * The right to act on a run: whoever holds it saves the run record, and nobody else does. A save that fails means that
 * the lead is lost: the holder stops acting at once and leaves its attempts running.
 */
export class Lease {
  readonly #runs: RunStore;
  readonly #timing: LeaseTiming;
  #stored: StoredRun;
  #savedAt: number;

  private constructor(runs: RunStore, timing: LeaseTiming, stored: StoredRun) {
    this.#runs = runs;
    this.#timing = timing;
    this.#stored = stored;
    this.#savedAt = performance.now();
  }

  /**
   * Takes the lead: at once when nobody holds it, its holder released it or is provably dead, else once its counter
   * has stood still.
   * @throws LeaseTaken when another orchestrator is alive and leads
   */
  static async take(runs: RunStore, dagId: string, run: Run, timing: LeaseTiming, signal: AbortSignal): Promise<Lease> {
    const watch = new CounterWatch(timing);
    for (;;) {
      signal.throwIfAborted();
      const found = await runs.load(run.timestamp);
      const holder = found?.record.lease.holder;
      if (!found || !holder || isProvablyDead(holder) || watch.hasStoodStill(found.record)) {
        const lease = await Lease.#tryToTake(
          runs,
          found,
          found?.record ?? newRunRecord(dagId, run, new Date()),
          timing,
        );
        if (lease) return lease;
      } else if (watch.isAlive()) {
        throw new LeaseTaken(run.runId, holder);
      }
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
   * @throws LeaseTaken when someone else has taken over
   */
  async save(record: RunRecord): Promise<void> {
    if (this.renewalInSeconds > 0 && isDeepStrictEqual(record, this.record)) return;
    await this.#save({ ...record, lease: { holder: thisProcess, counter: this.record.lease.counter + 1 } });
  }

  /** Gives the lead up, so that the next orchestrator need not wait. */
  async release(record: RunRecord = this.record): Promise<void> {
    await this.#save({ ...record, lease: { holder: null, counter: this.record.lease.counter + 1 } });
  }

  /** @throws NoConditionalWrites when the lead is worth nothing on this store */
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

  /** An earlier save may have arrived although the store failed to say so: then what stands is still ours. */
  async #findOwnSave(): Promise<StoredRun> {
    const standing = await this.#runs.load(this.record.timestamp);
    const holder = standing?.record.lease.holder;
    if (!standing || holder?.id !== thisProcess.id) throw new LeaseTaken(this.record.runId, holder);
    return standing;
  }
}

/**
 * Watches the counter of somebody else's lead, from its first sight of it on. A pause between two looks counts as one
 * missed renewal at most: what held up the watcher may have held up the holder too.
 */
class CounterWatch {
  readonly #timing: LeaseTiming;
  #counter: number | undefined;
  #lookedAt = 0;
  #watchedSeconds = 0;
  #staleSeconds = 0;

  constructor(timing: LeaseTiming) {
    this.#timing = timing;
  }

  hasStoodStill({ lease }: RunRecord): boolean {
    const seconds = this.#secondsSinceLastLook();
    this.#watchedSeconds += seconds;
    this.#staleSeconds = lease.counter === this.#counter ? this.#staleSeconds + seconds : 0;
    this.#counter = lease.counter;
    return this.#staleSeconds >= this.#timing.staleSeconds;
  }

  #secondsSinceLastLook(): number {
    const now = performance.now();
    const seconds = this.#counter === undefined ? 0 : (now - this.#lookedAt) / 1000;
    this.#lookedAt = now;
    return Math.min(seconds, this.#timing.renewSeconds);
  }

  /** Watched for long enough, and renewed not long ago. */
  isAlive(): boolean {
    const { renewSeconds, staleSeconds } = this.#timing;
    return this.#watchedSeconds >= staleSeconds && this.#staleSeconds < 2 * renewSeconds;
  }
}

const thisProcess: Holder = {
  id: randomUUID(),
  host: hostIdentity(),
  pid: process.pid,
  startedAt: new Date(Date.now() - process.uptime() * 1000).toISOString(),
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
