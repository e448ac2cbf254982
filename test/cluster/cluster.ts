import { setTimeout as sleep } from 'node:timers/promises';
import { KubeConfig, type V1Node, type V1Pod } from '@kubernetes/client-node';
import { ApiServer } from './api-server.ts';
import { ClusterState, isEnded } from './cluster-state.ts';
import { syncJobs } from './job-controller.ts';
import { Kubelet, type Supplies } from './kubelet.ts';
import { NodeController, setReady } from './node-controller.ts';
import { schedulePods } from './scheduler.ts';

const tickMs = 10;
const leaseRenewalSeconds = 10;
const statusDelaySeconds = 60;
/** Counted in ticks, so that the cluster's time stands still whenever this process does. */
const tickSeconds = 1;

/** A cluster in this process, and what may happen to it. */
export class TestCluster {
  readonly state = new ClusterState();
  readonly api: ApiServer;
  readonly #supplies: Supplies;
  readonly #nodeController: NodeController;
  readonly #kubelets = new Map<string, Kubelet>();
  readonly #timer: NodeJS.Timeout;
  #apiBackAt: Date | undefined;
  #url = '';

  private constructor(supplies: Supplies) {
    this.api = new ApiServer(this.state);
    this.#supplies = supplies;
    this.#nodeController = new NodeController(this.state);
    this.#timer = setInterval(() => this.#tick(), tickMs);
  }

  static async start(supplies: Supplies): Promise<TestCluster> {
    const cluster = new TestCluster(supplies);
    cluster.#url = await cluster.api.listen();
    return cluster;
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const kubelet of this.#kubelets.values()) kubelet.cutPower();
    this.api.close();
  }

  get kubeConfig(): KubeConfig {
    const kubeConfig = new KubeConfig();
    const cluster = { name: 'test', server: this.#url, skipTLSVerify: true };
    kubeConfig.loadFromClusterAndUser(cluster, { name: 'test' });
    return kubeConfig;
  }

  addNode(name: string, labels: Readonly<Record<string, string>>): void {
    const node: V1Node = {
      metadata: {
        name,
        labels: { ...labels, 'kubernetes.io/hostname': name, 'node.kubernetes.io/instance-type': 'm5.large' },
      },
    };
    setReady(this.state, this.state.nodes.create(node), 'True', 'KubeletReady');
    this.#kubelets.set(name, new Kubelet(this.state, name, this.#supplies));
    this.state.leases.create({ metadata: { name }, spec: {} });
  }

  /** The pod of an attempt as soon as its container runs. */
  async runningPod(jobNamePart: string): Promise<V1Pod> {
    return this.until(`a pod of ${jobNamePart} runs`, () =>
      this.state.pods.all.find(
        ({ metadata, status }) => metadata?.name?.includes(jobNamePart) && status?.phase === 'Running',
      ),
    );
  }

  async until<T>(what: string, find: () => T | undefined, seconds = 60): Promise<T> {
    for (const end = performance.now() + seconds * 1000; performance.now() < end; await sleep(tickMs / 2)) {
      const found = find();
      if (found !== undefined) return found;
    }
    throw new Error(`waited ${seconds} s without success until ${what}`);
  }

  /** As `kubectl drain` does, by HTTP. */
  async evict(pod: V1Pod): Promise<void> {
    const path = `/api/v1/namespaces/test/pods/${pod.metadata?.name}/eviction`;
    await fetch(`${this.#url}${path}`, { method: 'POST', body: '{}' });
  }

  /** The cloud gives notice: pods are ended in good order, then the machine goes. */
  async shutDownNode(name: string): Promise<void> {
    const node = this.state.nodes.get(name);
    this.state.nodes.update(node, (cordoned) => {
      cordoned.spec = { ...cordoned.spec, unschedulable: true };
    });
    this.kubeletOf(name).shutDown();
    await this.until(`the pods of ${name} have ended`, () => this.#livingPodsOn(name).length === 0 || undefined);
    this.kubeletOf(name).cutPower();
  }

  cutPower(name: string): void {
    this.kubeletOf(name).cutPower();
  }

  deleteNode(name: string): void {
    this.state.nodes.remove(this.state.nodes.get(name));
    this.state.leases.remove(this.state.leases.get(name));
  }

  /** No client reaches the API server, not even a kubelet; containers run on. */
  stopApi(): void {
    this.api.isStopped = true;
  }

  startApi(): void {
    this.api.isStopped = false;
    this.#apiBackAt = this.state.now();
  }

  restorePower(name: string, isSameMachine: boolean): void {
    this.kubeletOf(name).powerUp(isSameMachine);
  }

  kubeletOf(name: string | undefined): Kubelet {
    const kubelet = this.#kubelets.get(name ?? '');
    if (!kubelet) throw new Error(`there is no node ${name}`);
    return kubelet;
  }

  /** After an outage the Lease is renewed at once, the node's status a minute later. */
  #reportAlive(name: string): void {
    const lease = this.state.leases.find(name);
    if (lease && this.state.hasPassed(lease.spec?.renewTime ?? new Date(0), leaseRenewalSeconds))
      this.state.leases.update(lease, (renewed) => {
        renewed.spec = { renewTime: this.state.now() };
      });
    if (!this.#apiBackAt || this.state.hasPassed(this.#apiBackAt, statusDelaySeconds))
      this.#nodeController.heartbeats.set(name, this.state.now());
  }

  #livingPodsOn(name: string): V1Pod[] {
    return this.state.pods.all.filter((pod) => pod.spec?.nodeName === name && !isEnded(pod));
  }

  #tick(): void {
    this.state.pass(tickSeconds);
    if (this.api.isStopped) return;
    for (const [name, kubelet] of this.#kubelets) {
      if (!kubelet.isPowered) continue;
      this.#reportAlive(name);
      kubelet.sync();
    }
    this.#nodeController.sync();
    syncJobs(this.state);
    schedulePods(this.state);
  }
}
