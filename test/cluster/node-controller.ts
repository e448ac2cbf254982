import type { V1Node, V1Pod } from '@kubernetes/client-node';
import { type ClusterState, isEnded, setPodCondition } from './cluster-state.ts';
import { withCondition } from './resource.ts';

const monitorGraceSeconds = 40;
const garbageCollectionSeconds = 43;

/** What the control plane does about nodes that fall silent or are deleted; `heartbeats` are the kubelets' status updates. */
export class NodeController {
  readonly #state: ClusterState;
  readonly #goneSince = new Map<string, Date>();
  readonly heartbeats = new Map<string, Date>();

  constructor(state: ClusterState) {
    this.#state = state;
  }

  sync(): void {
    for (const node of this.#state.nodes.all) this.#judge(node);
    for (const pod of this.#state.pods.all) this.#protect(pod);
  }

  #judge(node: V1Node): void {
    const silentSince = this.heartbeats.get(node.metadata?.name ?? '');
    if (this.#state.hasPassed(silentSince, monitorGraceSeconds))
      setReady(this.#state, node, 'Unknown', 'NodeStatusUnknown');
    else setReady(this.#state, node, 'True', 'KubeletReady');
  }

  #protect(pod: V1Pod): void {
    const name = pod.spec?.nodeName;
    if (!name || isEnded(pod)) return;
    const node = this.#state.nodes.find(name);
    if (node) this.#evict(pod, node);
    else this.#collect(pod, name);
  }

  /** From a silent node, once the pod's toleration is over; on a dead node it hangs there. */
  #evict(pod: V1Pod, node: V1Node): void {
    const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.status !== 'Unknown') return;
    setPodCondition(this.#state, pod, 'Ready', 'False', 'NodeNotReady');
    const tolerated = pod.spec?.tolerations?.find(({ key }) => key === 'node.kubernetes.io/unreachable');
    if (pod.metadata?.deletionTimestamp) return;
    if (!this.#state.hasPassed(ready.lastTransitionTime, tolerated?.tolerationSeconds ?? 300)) return;
    setPodCondition(this.#state, pod, 'DisruptionTarget', 'True', 'DeletionByTaintManager');
    this.#state.pods.delete(pod, pod.spec?.terminationGracePeriodSeconds);
  }

  /** The pod garbage collector: pods of a node that was deleted. */
  #collect(pod: V1Pod, nodeName: string): void {
    const since = this.#goneSince.get(nodeName) ?? this.#state.now();
    this.#goneSince.set(nodeName, since);
    if (!this.#state.hasPassed(since, garbageCollectionSeconds)) return;
    setPodCondition(this.#state, pod, 'DisruptionTarget', 'True', 'DeletionByPodGC');
    this.#state.pods.update(pod, (collected) => {
      collected.status = { ...collected.status, phase: 'Failed' };
    });
    this.#state.pods.delete(pod, 0);
  }
}

export function setReady(state: ClusterState, node: V1Node, status: string, reason: string): void {
  state.nodes.update(node, (changed) => {
    const conditions = withCondition(changed.status?.conditions, { type: 'Ready', status, reason }, state.now());
    changed.status = { ...changed.status, conditions };
  });
}
