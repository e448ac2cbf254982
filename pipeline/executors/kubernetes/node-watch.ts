import { ClusterRefused } from './cluster-errors.ts';
import { hasPassed } from './job-outcome.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import { conditionOf, type Node, type NodeLease } from './kubernetes-objects.ts';

/** Of the node under a pod; `unknown` where neither Leases nor nodes may be read. */
export type NodeState = 'well' | 'silent' | 'gone' | 'unknown';

type NodeReader = Pick<KubernetesApi, 'listNodeLeases' | 'getNode'>;

const lookEverySeconds = 2;
/** Kubelets renew every 10 s. A longer pause between two looks may hide renewals: the watch begins again. */
const renewalSeconds = 12;
/** Without Leases: kubelets patch Ready up to 75 s after an API outage. */
const conditionPatienceSeconds = 120;
const unfitSeconds = 300;

/**
 * Which nodes are dead, by their Leases: a kubelet renews its Lease every 10 s, and at once after an outage of the API
 * server, while the Ready condition is late by a minute in both directions. A node is silent when its Lease was not
 * renewed for `silentSeconds` of our own watching while another node's was; where no other node renews, three times as
 * long. Without the right to read Leases the Ready condition serves, with patience after an outage.
 */
export class NodeWatch {
  readonly #api: NodeReader;
  readonly #silentSeconds: number;
  readonly #onRefused: (refusal: ClusterRefused) => void;
  readonly #leases = new Map<string, { readonly renewTime: number; readonly unchangedSeconds: number }>();
  readonly #nodes = new Map<string, Node | undefined>();
  #lookedAt = new Date(0);
  #watchedSince = new Date(0);
  #mayReadLeases = true;
  #mayReadNodes = true;

  constructor(api: NodeReader, silentSeconds: number, onRefused: (refusal: ClusterRefused) => void) {
    this.#api = api;
    this.#silentSeconds = silentSeconds;
    this.#onRefused = onRefused;
  }

  async stateOf(name: string, now: Date): Promise<NodeState> {
    await this.#look(name, now);
    const node = await this.#nodeOf(name);
    if (this.#mayReadNodes && !node) return 'gone';
    if (this.#mayReadLeases) return this.#isSilent(name) ? 'silent' : 'well';
    if (!hasPassed(this.#watchedSince, conditionPatienceSeconds, now)) return 'well';
    if (!node) return 'unknown';
    return isNotReady(node, now) ? 'silent' : 'well';
  }

  /** As far as nodes may be read. */
  typeOf(name: string): string | undefined {
    return this.#nodes.get(name)?.metadata.labels['node.kubernetes.io/instance-type'];
  }

  get silentNodes(): string[] {
    return [...this.#leases.keys()].filter((name) => this.#isSilent(name));
  }

  /** Every call has succeeded before anything is noted: what fails in an outage counts as a pause. */
  async #look(name: string, now: Date): Promise<void> {
    const pause = (now.getTime() - this.#lookedAt.getTime()) / 1000;
    if (pause < lookEverySeconds) return;
    this.#nodes.clear();
    const leases = await this.#readLeases();
    await this.#nodeOf(name);
    if (pause > renewalSeconds) {
      // the first look of all is no outage
      if (this.#lookedAt.getTime() > 0) this.#watchedSince = now;
      this.#leases.clear();
    }
    for (const lease of leases) this.#watch(lease, pause);
    this.#lookedAt = now;
  }

  #watch({ metadata: { name }, spec }: NodeLease, pause: number): void {
    const renewTime = spec.renewTime.getTime();
    const before = this.#leases.get(name);
    const isUnchanged = before?.renewTime === renewTime;
    this.#leases.set(name, { renewTime, unchangedSeconds: isUnchanged ? before.unchangedSeconds + pause : 0 });
  }

  #isSilent(name: string): boolean {
    const unchangedSeconds = this.#leases.get(name)?.unchangedSeconds ?? 0;
    const isAnotherFresh = [...this.#leases].some(([other, lease]) => {
      return other !== name && lease.unchangedSeconds <= renewalSeconds;
    });
    return unchangedSeconds >= (isAnotherFresh ? this.#silentSeconds : 3 * this.#silentSeconds);
  }

  async #readLeases(): Promise<readonly NodeLease[]> {
    if (!this.#mayReadLeases) return [];
    try {
      return await this.#api.listNodeLeases();
    } catch (error) {
      if (!(error instanceof ClusterRefused)) throw error;
      this.#mayReadLeases = false;
      this.#onRefused(error);
      return [];
    }
  }

  async #nodeOf(name: string): Promise<Node | undefined> {
    if (!this.#mayReadNodes || this.#nodes.has(name)) return this.#nodes.get(name);
    try {
      const node = await this.#api.getNode(name);
      this.#nodes.set(name, node);
      return node;
    } catch (error) {
      if (!(error instanceof ClusterRefused)) throw error;
      this.#mayReadNodes = false;
      return undefined;
    }
  }
}

/** `Unknown` comes long after the kubelet fell silent; `False` is the kubelet's own, and its pods tolerate it. */
function isNotReady(node: Node, now: Date): boolean {
  const [unknown, unfit] = [conditionOf(node, 'Ready', 'Unknown'), conditionOf(node, 'Ready', 'False')];
  const since = (unknown ?? unfit)?.lastTransitionTime;
  return since ? hasPassed(since, unknown ? 2 : unfitSeconds, now) : false;
}
