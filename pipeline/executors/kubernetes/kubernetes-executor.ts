import { setTimeout as sleep } from 'node:timers/promises';
import type { Run } from '../../../tasks/artifacts/run-dates.ts';
import type { Environment } from '../../../tasks/runtime/environment.ts';
import type { Log } from '../../../tasks/runtime/log.ts';
import type { AttemptSpec, Executor, Observation, OpenAttempt } from '../../orchestrator/executor.ts';
import type { Cluster } from '../../settings/cluster-settings.ts';
import { ClusterRefused, ClusterRejected } from './cluster-errors.ts';
import { type ClusterReader, ClusterView } from './cluster-view.ts';
import { jobManifest } from './job-manifest.ts';
import { jobName, labelSelector } from './job-name.ts';
import { givenUp, hasPassed, observe } from './job-outcome.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import { PodHints } from './pod-hints.ts';

export interface KubernetesParts {
  readonly api: ClusterReader & Pick<KubernetesApi, 'createJob' | 'deleteJob' | 'watchPods'>;
  readonly dagId: string;
  readonly run: Run;
  readonly cluster: Cluster;
  readonly environmentOf: (spec: AttemptSpec) => Environment;
  readonly clock: () => Date;
  readonly log: Log;
  /** How often it looks while an attempt is open and no pod changes. */
  readonly pollSeconds: number;
}

/**
 * An attempt is a Job under a deterministic name, and outlives its orchestrator: a successor learns all that it needs
 * from the cluster and the run record.
 */
export class KubernetesExecutor implements Executor {
  readonly vanished = { outcome: 'lost', reason: 'it vanished' } as const;
  readonly #parts: KubernetesParts;
  readonly #view: ClusterView;
  readonly #hints: PodHints;
  /** Why the latest attempt to create a Job was refused, until it is observed. */
  readonly #refusals = new Map<string, ClusterRefused | ClusterRejected>();
  #isObserving = false;

  constructor(parts: KubernetesParts) {
    const { api, dagId, run, log, cluster } = parts;
    const selector = labelSelector(dagId, run);
    this.#parts = parts;
    this.#hints = new PodHints(api, selector);
    this.#view = new ClusterView(api, selector, cluster.limits.nodeSilentSeconds, ({ message }) =>
      log.warn(`a dead node will be noticed late: ${message}`),
    );
  }

  /** A Job that exists already was started by an earlier life of the orchestrator, or is stale: `observe` says which. */
  async start(spec: AttemptSpec): Promise<void> {
    const { api, dagId, cluster, environmentOf } = this.#parts;
    const name = jobName(dagId, spec.run, spec.task.taskId, spec.number);
    this.#isObserving = true;
    this.#view.forget();
    try {
      await api.createJob(jobManifest(spec, dagId, cluster, environmentOf(spec), this.#view.silentNodes));
    } catch (error) {
      if (!(error instanceof ClusterRefused || error instanceof ClusterRejected)) throw error;
      this.#refusals.set(name, error);
    }
  }

  async observe(attempt: OpenAttempt): Promise<Observation> {
    this.#isObserving = true;
    const { clock, cluster } = this.#parts;
    const name = this.#nameOf(attempt);
    const refused = this.#observeRefusal(name, attempt);
    if (refused) return refused;
    const now = clock();
    const { placedOn: node, ...objects } = await this.#view.of(name, attempt, now);
    const seen = observe({ ...objects, attempt, now, limits: cluster.limits });
    return node && (seen.phase === 'running' || seen.phase === 'ended') ? { ...seen, node } : seen;
  }

  async cancel(attempt: OpenAttempt): Promise<void> {
    this.#view.forget();
    await this.#parts.api.deleteJob(this.#nameOf(attempt));
  }

  async waitForChange(seconds: number, signal: AbortSignal): Promise<void> {
    this.#view.forget();
    if (!this.#isObserving) return void (await sleep(seconds * 1000, undefined, { signal }).catch(() => {}));
    this.#isObserving = false;
    await this.#hints.wait(Math.min(seconds, this.#parts.pollSeconds), signal);
  }

  /** Jobs outlive their orchestrator; the next one finds them. */
  async close(): Promise<void> {
    this.#hints.stop();
  }

  #nameOf({ run, taskId, number }: OpenAttempt): string {
    return jobName(this.#parts.dagId, run, taskId, number);
  }

  /** Reported once; the next turn finds no Job, and creates it again: the refusal may be lifted meanwhile. */
  #observeRefusal(name: string, { queuedAt }: OpenAttempt): Observation | undefined {
    const refusal = this.#refusals.get(name);
    this.#refusals.delete(name);
    if (!refusal) return undefined;
    if (refusal instanceof ClusterRejected) return { phase: 'ended', outcome: 'failed', reason: refusal.message };
    const { unschedulableSeconds } = this.#parts.cluster.limits;
    if (!hasPassed(new Date(queuedAt), unschedulableSeconds, this.#parts.clock()))
      return { phase: 'queued', pendingReason: refusal.message };
    return { phase: 'ended', outcome: 'lost', reason: givenUp(refusal.message, unschedulableSeconds) };
  }
}
