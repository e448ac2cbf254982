import { setTimeout as sleep } from 'node:timers/promises';
import type { Run } from '../../../tasks/artifacts/run-dates.ts';
import type { Environment } from '../../../tasks/runtime/environment.ts';
import type { Log } from '../../../tasks/runtime/log.ts';
import type { AttemptSpec, Executor, Observation, OpenAttempt } from '../../orchestrator/executor.ts';
import type { Cluster, WaitLimits } from '../../settings/cluster-settings.ts';
import { ApiOutage } from './api-outage.ts';
import { ClusterRefused, ClusterRejected } from './cluster-errors.ts';
import { ClusterView } from './cluster-view.ts';
import { jobManifest, jobName, labelSelector } from './job-manifest.ts';
import { isToBeDeleted, observe } from './job-outcome.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import { PodHints } from './pod-hints.ts';
import { toleratedSeconds } from './pod-placement.ts';

export interface KubernetesParts {
  readonly api: Pick<KubernetesApi, 'createJob' | 'deleteJob' | 'listJobs' | 'listPods' | 'watchPods' | 'getNode'>;
  readonly dagId: string;
  readonly run: Run;
  readonly cluster: Cluster;
  readonly environmentOf: (order: AttemptSpec) => Environment;
  readonly clock: () => Date;
  readonly log: Log;
  /** How often it looks while an attempt is under way and no pod changes (1 s). */
  readonly pollSeconds?: number;
}

/**
 * An attempt is a Job under a deterministic name, and lives on without its orchestrator. What is kept here only makes
 * calls fewer and reasons better: a successor learns all that it needs from the cluster and the run record.
 */
export class KubernetesExecutor implements Executor {
  readonly #parts: KubernetesParts;
  readonly #view: ClusterView;
  readonly #hints: PodHints;
  readonly #outage = new ApiOutage();
  /** What the cluster said to the latest attempt to create a Job, until it has been told. */
  readonly #refusals = new Map<string, ClusterRefused | ClusterRejected>();
  readonly #ends = new Map<string, Observation>();
  #isWatching = false;

  constructor(parts: KubernetesParts) {
    const { api, dagId, run, log } = parts;
    this.#parts = parts;
    this.#hints = new PodHints(api, labelSelector(dagId, run));
    this.#view = new ClusterView(api, labelSelector(dagId, run), ({ message }) =>
      log.warn(`a dead node will be noticed late: ${message}`),
    );
  }

  /** A Job that exists already was started by an earlier life of ours, or is foreign: `observe` tells them apart. */
  async start(order: AttemptSpec): Promise<void> {
    const { api, dagId, cluster, environmentOf } = this.#parts;
    const name = jobName(dagId, order.run, order.task.taskId, order.number);
    this.#isWatching = true;
    this.#view.forget();
    try {
      await api.createJob(jobManifest(order, dagId, cluster, environmentOf(order)));
    } catch (error) {
      if (!(error instanceof ClusterRefused || error instanceof ClusterRejected)) throw error;
      this.#refusals.set(name, error);
    }
  }

  async observe(attempt: OpenAttempt): Promise<Observation> {
    this.#isWatching = true;
    const name = this.#nameOf(attempt);
    return this.#tellRefusal(name) ?? this.#ends.get(name) ?? this.#look(name, attempt);
  }

  async cancel(attempt: OpenAttempt): Promise<void> {
    await this.#delete(this.#nameOf(attempt));
  }

  async waitForChange(seconds: number, signal: AbortSignal): Promise<void> {
    const { pollSeconds = 1 } = this.#parts;
    this.#view.nextTurn();
    if (!this.#isWatching) return void (await sleep(seconds * 1000, undefined, { signal }).catch(() => {}));
    this.#isWatching = false;
    if (await this.#hints.wait(Math.min(seconds, pollSeconds), signal)) this.#view.forget();
  }

  /** Jobs outlive their orchestrator; the next one finds them. */
  async close(): Promise<void> {
    this.#hints.stop();
  }

  #nameOf({ run, taskId, number }: OpenAttempt): string {
    return jobName(this.#parts.dagId, run, taskId, number);
  }

  /** Told once, and then looked again: no Job is found, and the attempt is started anew. */
  #tellRefusal(name: string): Observation | undefined {
    const refusal = this.#refusals.get(name);
    this.#refusals.delete(name);
    if (refusal instanceof ClusterRejected) return { phase: 'ended', outcome: 'failed', reason: refusal.message };
    return refusal && { phase: 'queued', reason: refusal.message };
  }

  async #look(name: string, attempt: OpenAttempt): Promise<Observation> {
    const { clock } = this.#parts;
    const sight = await this.#outage.through(() => this.#view.of(name), clock);
    const facts = { ...sight, attempt, now: clock(), limits: this.#limitsAt(clock()) };
    const seen = observe(facts);
    if (isToBeDeleted(facts, seen)) await this.#delete(name);
    // were the record not saved now, the Job would be gone when it is asked for again
    if (seen.phase === 'ended') this.#ends.set(name, seen);
    return seen;
  }

  /** Soon after an outage a silent node is as patiently borne as its pods bear it. */
  #limitsAt(now: Date): WaitLimits {
    const { limits } = this.#parts.cluster;
    if (!this.#outage.isRecent(now)) return limits;
    return { ...limits, nodeSilentSeconds: Math.max(limits.nodeSilentSeconds, toleratedSeconds) };
  }

  async #delete(name: string): Promise<void> {
    this.#view.forget();
    await this.#parts.api.deleteJob(name);
  }
}
