import { ClusterRefused } from './cluster-errors.ts';
import type { AttemptFacts } from './job-outcome.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import type { Job, Node, Pod } from './kubernetes-objects.ts';

export type ClusterReader = Pick<KubernetesApi, 'listJobs' | 'listPods' | 'getNode'>;

/** What is seen of one attempt. */
export type Sight = Pick<AttemptFacts, 'job' | 'pods' | 'nodes'>;

/**
 * What the cluster holds of a run. In each turn its Jobs are listed once for all attempts; the pods in every other turn
 * and the nodes in those between, so that waiting costs two calls a turn. What an end or a start needs is read at once.
 */
export class ClusterView {
  readonly #api: ClusterReader;
  readonly #selector: string;
  readonly #onNodesRefused: (refusal: ClusterRefused) => void;
  #turn = 0;
  #jobs: readonly Job[] | undefined;
  #pods: readonly Pod[] | undefined;
  #nodes: Map<string, Node | undefined> | undefined = new Map();

  /** @param selector what all Jobs and pods of the run carry */
  constructor(api: ClusterReader, selector: string, onNodesRefused: (refusal: ClusterRefused) => void) {
    this.#api = api;
    this.#selector = selector;
    this.#onNodesRefused = onNodesRefused;
  }

  nextTurn(): void {
    this.#turn += 1;
    this.#jobs = undefined;
    if (this.#turn % 2 === 0) this.#pods = undefined;
    else this.#nodes?.clear();
  }

  /** Something was created or deleted: what was read is no longer so. */
  forget(): void {
    this.#jobs = undefined;
    this.#pods = undefined;
  }

  async of(name: string): Promise<Sight> {
    this.#jobs ??= await this.#api.listJobs(this.#selector);
    const job = this.#jobs.find(({ metadata }) => metadata.name === name);
    const pods = await this.#podsOf(name, job);
    return { job, pods, nodes: await this.#nodesOf(pods) };
  }

  async #podsOf(name: string, job: Job | undefined): Promise<readonly Pod[]> {
    const isNeeded = hasNews(job) || !this.#pods?.some((pod) => isPodOf(pod, name, job));
    if (isNeeded || !this.#pods) this.#pods = await this.#api.listPods(this.#selector);
    return this.#pods.filter((pod) => isPodOf(pod, name, job));
  }

  async #nodesOf(pods: readonly Pod[]): Promise<readonly Node[] | undefined> {
    const names = new Set(pods.flatMap(({ spec }) => spec.nodeName ?? []));
    for (const name of names) await this.#readNode(name);
    if (!this.#nodes) return undefined;
    return [...names].flatMap((name) => this.#nodes?.get(name) ?? []);
  }

  async #readNode(name: string): Promise<void> {
    if (!this.#nodes || this.#nodes.has(name)) return;
    try {
      this.#nodes.set(name, await this.#api.getNode(name));
    } catch (error) {
      if (!(error instanceof ClusterRefused)) throw error;
      this.#nodes = undefined;
      this.#onNodesRefused(error);
    }
  }
}

/** A condition came up: how it ended is told by the pods as they are now. */
function hasNews(job: Job | undefined): boolean {
  return job?.status.conditions.some(({ status }) => status === 'True') ?? false;
}

/** By owner while the Job stands: an older Job of the same name may have left pods. */
function isPodOf({ metadata }: Pod, name: string, job: Job | undefined): boolean {
  if (job) return metadata.ownerReferences.some(({ uid }) => uid === job.metadata.uid);
  return metadata.labels['batch.kubernetes.io/job-name'] === name;
}
