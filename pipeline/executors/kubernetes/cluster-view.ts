import type { AttemptNode, OpenAttempt } from '../../orchestrator/executor.ts';
import { ClusterRefused } from './cluster-errors.ts';
import { type AttemptState, isStale } from './job-outcome.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import type { Job, Pod } from './kubernetes-objects.ts';
import { NodeWatch } from './node-watch.ts';

export type ClusterReader = Pick<KubernetesApi, 'listJobs' | 'listPods' | 'listNodeLeases' | 'getNode' | 'jobRefusal'>;

/** What the cluster holds of an attempt. */
export interface AttemptObjects extends Pick<AttemptState, 'job' | 'pod' | 'podRefusal' | 'node'> {
  readonly placedOn?: AttemptNode;
}

/** What the cluster holds of a run: its Jobs and pods are listed once a turn, for all attempts. */
export class ClusterView {
  readonly #api: ClusterReader;
  readonly #selector: string;
  readonly #nodes: NodeWatch;
  #mayReadEvents = true;
  #turn: { readonly jobs: readonly Job[]; readonly pods: readonly Pod[] } | undefined;

  /** @param selector what all Jobs and pods of the run carry */
  constructor(
    api: ClusterReader,
    selector: string,
    silentSeconds: number,
    onRefused: (refusal: ClusterRefused) => void,
  ) {
    this.#api = api;
    this.#selector = selector;
    this.#nodes = new NodeWatch(api, silentSeconds, onRefused);
  }

  /** A turn has passed, or something was created or deleted: what was listed is outdated. */
  forget(): void {
    this.#turn = undefined;
  }

  get silentNodes(): readonly string[] {
    return this.#nodes.silentNodes;
  }

  async of(name: string, attempt: OpenAttempt, now: Date): Promise<AttemptObjects> {
    // the Jobs first: a pod is then not older than a failure of its Job
    this.#turn ??= {
      jobs: await this.#api.listJobs(this.#selector),
      pods: await this.#api.listPods(this.#selector),
    };
    const job = this.#turn.jobs.find(({ metadata }) => metadata.name === name);
    const pod = podOf(this.#turn.pods, name, job, attempt);
    const podRefusal = job && !pod ? await this.#refusalOf(name) : undefined;
    const { nodeName } = pod?.spec ?? {};
    const node = nodeName === undefined ? 'well' : await this.#nodes.stateOf(nodeName, now);
    const placedOn = nodeName !== undefined && { placedOn: { name: nodeName, type: this.#nodes.typeOf(nodeName) } };
    return { job, pod, podRefusal, node, ...placedOn };
  }

  /** Without the right to read events there is no reason to show. */
  async #refusalOf(name: string): Promise<string | undefined> {
    if (!this.#mayReadEvents) return undefined;
    try {
      return await this.#api.jobRefusal(name);
    } catch (error) {
      if (!(error instanceof ClusterRefused)) throw error;
      this.#mayReadEvents = false;
      return undefined;
    }
  }
}

/** The newest pod of the Job; once the Job is gone, of any Job of that name that the attempt may have had. */
export function podOf(pods: readonly Pod[], name: string, job: Job | undefined, attempt: OpenAttempt): Pod | undefined {
  const createdAt = ({ metadata }: Pod) => metadata.creationTimestamp.getTime();
  const own = pods.filter((pod) => isPodOf(pod, name, job) && !isStale(pod, attempt));
  return own.toSorted((a, b) => createdAt(b) - createdAt(a))[0];
}

/** By owner while the Job stands: an older Job of the same name may have left pods. */
function isPodOf({ metadata }: Pod, name: string, job: Job | undefined): boolean {
  if (job) return metadata.ownerReferences.some(({ uid }) => uid === job.metadata.uid);
  return metadata.labels['batch.kubernetes.io/job-name'] === name;
}
