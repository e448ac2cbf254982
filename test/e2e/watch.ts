import { setTimeout as sleep } from 'node:timers/promises';
import { type ClusterState, readState } from './cluster-objects.ts';
import { KubectlFailed, kubectlJson } from './kubectl.ts';
import { Sightings } from './sightings.ts';

const pauseMs = 100;

/** Looks at a namespace's Jobs and pods, and at the nodes, over and over until it is disposed of. */
export class Watch implements AsyncDisposable {
  readonly sightings = new Sightings();
  #state: ClusterState = { jobs: [], pods: [], nodes: [] };
  readonly #namespace: string;
  readonly #stop = new AbortController();
  readonly #looking: Promise<void>;

  constructor(namespace: string) {
    this.#namespace = namespace;
    this.#looking = this.#lookOnAndOn();
    // every wait rejects with it, and so does the disposal
    this.#looking.catch(() => {});
  }

  get state(): ClusterState {
    return this.#state;
  }

  /**
   * What `look` finds, as soon as it finds anything.
   * @param what for the error, as in "waited 60 s for …"
   */
  async until<T>(what: string, seconds: number, look: (state: ClusterState) => T | undefined): Promise<T> {
    const deadline = now() + seconds;
    for (;;) {
      const isLast = now() >= deadline;
      const found = look(this.#state);
      if (found !== undefined) return found;
      if (isLast) throw new Error(`waited ${seconds} s for ${what}`);
      await Promise.race([sleep(pauseMs), this.#looking]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#looking;
  }

  async #lookOnAndOn(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#look();
      await sleep(pauseMs);
    }
  }

  /** An API server that is away for a moment is looked at again. */
  async #look(): Promise<void> {
    try {
      this.#state = readState(
        await kubectlJson(['get', 'jobs,pods,nodes', '-n', this.#namespace, '--request-timeout=5s']),
      );
      this.sightings.see(this.#state, now());
    } catch (error) {
      if (!(error instanceof KubectlFailed)) throw error;
    }
  }
}

/** Seconds, by this machine's own clock. */
export function now(): number {
  return performance.now() / 1000;
}
