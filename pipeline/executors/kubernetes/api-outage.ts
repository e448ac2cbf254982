import { ClusterUnavailable } from './cluster-errors.ts';

/** Long enough for the kubelets' silence to be noticed: after 40 s of it a node is called `Unknown`. */
const noticedSeconds = 15;
/** Kubelets report again within 10 s of the API server's return. */
const aftermathSeconds = 30;

/**
 * The API server's absences, as its callers meet them. When it comes back the control plane has not heard of any kubelet
 * since, and for some seconds calls nodes `Unknown` that are well.
 */
export class ApiOutage {
  #since: Date | undefined;
  #endedAt: Date | undefined;

  /** Makes a call, and learns from how it went. */
  async through<T>(call: () => Promise<T>, clock: () => Date): Promise<T> {
    try {
      const answer = await call();
      if (this.#since && secondsBetween(this.#since, clock()) >= noticedSeconds) this.#endedAt = clock();
      this.#since = undefined;
      return answer;
    } catch (error) {
      if (error instanceof ClusterUnavailable) this.#since ??= clock();
      throw error;
    }
  }

  /** It has been back for so short a time that a node called `Unknown` may be well. */
  isRecent(now: Date): boolean {
    return this.#endedAt !== undefined && secondsBetween(this.#endedAt, now) < aftermathSeconds;
  }
}

function secondsBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / 1000;
}
