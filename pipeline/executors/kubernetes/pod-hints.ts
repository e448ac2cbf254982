import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesApi } from './kubernetes-api.ts';

/** A watch that ended, for any reason, is not started again before so long since its start. */
const leastSecondsOfWatch = 30;

/**
 * Cuts the wait for the next look short when a pod has changed. Only a hint: a watch may miss changes, hang or be
 * refused, and then the next look comes at its own time.
 */
export class PodHints {
  readonly #api: Pick<KubernetesApi, 'watchPods'>;
  readonly #selector: string;
  readonly #stop = new AbortController();
  #change = new AbortController();
  #isWatching = false;
  #startedAt = Number.NEGATIVE_INFINITY;

  constructor(api: Pick<KubernetesApi, 'watchPods'>, selector: string) {
    this.#api = api;
    this.#selector = selector;
  }

  /** @returns whether a pod has changed since the last wait */
  async wait(seconds: number, signal: AbortSignal): Promise<boolean> {
    this.#watch();
    const change = this.#change.signal;
    await sleep(seconds * 1000, undefined, { signal: AbortSignal.any([signal, change]) }).catch(() => {});
    if (change.aborted) this.#change = new AbortController();
    return change.aborted;
  }

  stop(): void {
    this.#stop.abort();
  }

  #watch(): void {
    if (this.#isWatching || performance.now() - this.#startedAt < leastSecondsOfWatch * 1000) return;
    this.#isWatching = true;
    this.#startedAt = performance.now();
    this.#api
      .watchPods(this.#selector, () => this.#change.abort(), this.#stop.signal)
      .catch(() => {})
      .finally(() => {
        this.#isWatching = false;
      });
  }
}
