import type { CoreV1Event, V1CronJob, V1Job, V1Lease, V1Node, V1Pod } from '@kubernetes/client-node';
import { Resource, withCondition } from './resource.ts';

/** All that the API server holds, of one namespace, and its clock, which advances only by `pass`. */
export class ClusterState {
  #time = Date.now();
  readonly now = (): Date => new Date(this.#time);
  readonly jobs = new Resource<V1Job>('jobs.batch', this.now);
  readonly pods = new Resource<V1Pod>('pods', this.now);
  readonly nodes = new Resource<V1Node>('nodes', this.now);
  readonly leases = new Resource<V1Lease>('leases.coordination.k8s.io', this.now);
  readonly events = new Resource<CoreV1Event>('events', this.now);
  readonly cronJobs = new Resource<V1CronJob>('cronjobs.batch', this.now);

  /** Why no pod may be created, as a quota or an admission policy says it. */
  podRefusal: string | undefined;

  pass(seconds: number): void {
    this.#time += seconds * 1000;
  }

  hasPassed(since: Date | undefined, seconds: number): boolean {
    return since !== undefined && this.now().getTime() - since.getTime() >= seconds * 1000;
  }

  podsOf(job: V1Job): V1Pod[] {
    return this.pods.all.filter(({ metadata }) =>
      metadata?.ownerReferences?.some(({ uid }) => uid === job.metadata?.uid),
    );
  }
}

export function isEnded({ status }: V1Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

export function setPodCondition(state: ClusterState, pod: V1Pod, type: string, status: string, reason?: string): void {
  state.pods.update(pod, (changed) => {
    const conditions = withCondition(
      changed.status?.conditions,
      { type, status, ...(reason && { reason }) },
      state.now(),
    );
    changed.status = { ...changed.status, conditions };
  });
}
