import { type ClusterState, hasEnded, isReady, type Job, type Pod } from './cluster-objects.ts';

/** Times are seconds by the watcher's own clock, since those of the API have whole seconds. */
export interface SeenJob {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** More than one when it was deleted and created again under the same name. */
  readonly uids: ReadonlySet<string>;
  readonly createdAt: number;
  readonly endedAt?: number;
}

export interface SeenPod {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly nodeName?: string;
  readonly runningAt?: number;
  /** Its container has ended: the kubelet says so a second before it says of the pod how it ended. */
  readonly doneAt?: number;
  readonly endedAt?: number;
  readonly exitCode?: number;
  readonly reason?: string;
}

/** When something was first seen to be so, of all that ever stood in the cluster while it was watched. */
export class Sightings {
  readonly #jobs = new Map<string, SeenJob>();
  readonly #pods = new Map<string, SeenPod>();
  readonly #readyNodes = new Set<string>();
  readonly #lostNodes = new Map<string, number>();

  see({ jobs, pods, nodes }: ClusterState, at: number): void {
    for (const job of jobs) this.#jobs.set(job.metadata.name, jobSeen(job, this.#jobs.get(job.metadata.name), at));
    for (const pod of pods) this.#pods.set(pod.metadata.name, podSeen(pod, this.#pods.get(pod.metadata.name), at));
    this.#seeGone(this.#jobs, new Set(jobs.map(({ metadata }) => metadata.name)), at);
    this.#seeGone(this.#pods, new Set(pods.map(({ metadata }) => metadata.name)), at);

    const ready = new Set(nodes.filter(isReady).map(({ metadata }) => metadata.name));
    for (const name of this.#readyNodes)
      if (!ready.has(name) && !this.#lostNodes.has(name)) this.#lostNodes.set(name, at);
    for (const name of ready) this.#readyNodes.add(name);
  }

  get jobs(): readonly SeenJob[] {
    return [...this.#jobs.values()];
  }

  get pods(): readonly SeenPod[] {
    return [...this.#pods.values()];
  }

  /** When a node that was ready was first seen not ready, or gone. */
  nodeLostAt(name: string): number | undefined {
    return this.#lostNodes.get(name);
  }

  #seeGone<T extends { readonly endedAt?: number }>(known: Map<string, T>, standing: Set<string>, at: number): void {
    for (const [name, seen] of known) {
      if (!standing.has(name) && seen.endedAt === undefined) known.set(name, { ...seen, endedAt: at });
    }
  }
}

function jobSeen(job: Job, before: SeenJob | undefined, at: number): SeenJob {
  const { name, labels, uid } = job.metadata;
  const uids = new Set([...(before?.uids ?? []), uid]);
  const seen = { name, labels, uids, createdAt: before?.createdAt ?? at };
  const endedAt = before?.endedAt ?? (hasEnded(job) ? at : undefined);
  return endedAt === undefined ? seen : { ...seen, endedAt };
}

function podSeen(pod: Pod, before: SeenPod | undefined, at: number): SeenPod {
  const { phase, containerStatuses } = pod.status;
  const states = containerStatuses.map(({ state }) => state);
  const terminated = states.find((state) => state.terminated)?.terminated;
  const isOver = ['Succeeded', 'Failed'].includes(phase);
  const hasStarted = isOver || states.some((state) => state.running ?? state.terminated);
  return {
    ...before,
    name: pod.metadata.name,
    labels: pod.metadata.labels,
    ...(pod.spec.nodeName !== undefined && { nodeName: pod.spec.nodeName }),
    ...(hasStarted && { runningAt: before?.runningAt ?? at }),
    ...((terminated || isOver) && { doneAt: before?.doneAt ?? at }),
    ...(isOver && { endedAt: before?.endedAt ?? at }),
    ...(terminated && { exitCode: terminated.exitCode, reason: terminated.reason ?? '' }),
  };
}
