import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailable } from '../../tasks/artifacts/stores/store-errors.ts';
import type { Log } from '../../tasks/runtime/log.ts';
import { ExecutorUnavailable } from './executor.ts';

/** An outage of the store or the cluster does not fail a run, unless it lasts longer than this. */
const patienceSeconds = 600;
export const pollSeconds = 5;

/** Logs the beginning and the end of an outage, and ends it when it lasts too long. */
export class Outage {
  readonly #log: Log;
  #since: number | undefined;
  #unavailable = '';

  constructor(log: Log) {
    this.#log = log;
  }

  get isOn(): boolean {
    return this.#since !== undefined;
  }

  /** @throws any other error than an outage, and that of an outage which lasts too long */
  tolerate(error: unknown): void {
    if (!isOutage(error)) throw error;
    const unavailable = error instanceof StoreUnavailable ? 'object store' : 'executor';
    if (this.#unavailable !== unavailable) this.#log.warn(`${unavailable} unavailable, retrying: ${error.message}`);
    this.#unavailable = unavailable;
    this.#since ??= performance.now();
    if (performance.now() - this.#since > patienceSeconds * 1000) throw error;
  }

  end(): void {
    if (this.isOn) this.#log.info(`${this.#unavailable} available again`);
    this.#since = undefined;
    this.#unavailable = '';
  }
}

export function isOutage(error: unknown): error is StoreUnavailable | ExecutorUnavailable {
  return error instanceof StoreUnavailable || error instanceof ExecutorUnavailable;
}

/** Repeats what fails for an outage, until it succeeds, the outage lasts too long or the signal is aborted. */
export async function throughOutages<T>(log: Log, signal: AbortSignal, act: () => Promise<T>): Promise<T> {
  const outage = new Outage(log);
  for (;;) {
    signal.throwIfAborted();
    try {
      const result = await act();
      outage.end();
      return result;
    } catch (error) {
      outage.tolerate(error);
    }
    await sleep(pollSeconds * 1000, undefined, { signal }).catch(() => {});
  }
}
