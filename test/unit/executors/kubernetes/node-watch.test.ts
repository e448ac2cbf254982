import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterRefused, ClusterUnavailable } from '../../../../pipeline/executors/kubernetes/cluster-errors.ts';
import { type NodeState, NodeWatch } from '../../../../pipeline/executors/kubernetes/node-watch.ts';
import { secondsAfter } from './attempt-state.ts';

type Ready = readonly [status: string, since: number];

/** Nodes `a` and `b` of a cluster: their kubelets renew their Leases every 10 s, until one is cut off. */
class Nodes {
  readonly warnings: string[] = [];
  readonly #names: string[];
  readonly #cutAt = new Map<string, number>();
  readonly #refused: readonly string[];
  readonly #watch: NodeWatch;
  #now = 0;
  isApiAway = false;
  isNodeDeleted = false;
  ready: Ready = ['True', -1000];

  constructor(names: readonly string[], refused: readonly string[] = []) {
    this.#names = [...names];
    this.#refused = refused;
    const reader = {
      listNodeLeases: async () => this.#answer('leases', this.#leases()),
      getNode: async (name: string) => this.#answer('nodes', this.isNodeDeleted ? undefined : this.#node(name)),
    };
    this.#watch = new NodeWatch(reader, 20, ({ message }) => this.warnings.push(message));
  }

  cut(name: string): void {
    this.#cutAt.set(name, this.#now);
  }

  /** Looks every second until then; the last state of node `a`. */
  async at(seconds: number): Promise<NodeState | 'unavailable'> {
    let state: NodeState | 'unavailable' = 'unavailable';
    while (this.#now < seconds) {
      this.#now += 1;
      state = await this.#watch.stateOf('a', secondsAfter(this.#now)).catch(() => 'unavailable');
    }
    return state;
  }

  #answer<T>(resource: string, value: T): T {
    if (this.isApiAway) throw new ClusterUnavailable('away');
    if (this.#refused.includes(resource)) throw new ClusterRefused(`${resource} is forbidden`);
    return value;
  }

  #leases() {
    return this.#names.map((name) => {
      const alive = Math.min(this.#now, this.#cutAt.get(name) ?? Number.POSITIVE_INFINITY);
      return { metadata: { name }, spec: { renewTime: secondsAfter(Math.floor(alive / 10) * 10) } };
    });
  }

  #node(name: string) {
    const [status, since] = this.ready;
    return {
      metadata: { name, labels: {} },
      status: { conditions: [{ type: 'Ready', status, lastTransitionTime: secondsAfter(since) }] },
    };
  }
}

test('a node whose Lease is not renewed while another is, is silent within 26 s; before it is well', async () => {
  const nodes = new Nodes(['a', 'b']);
  assert.equal(await nodes.at(60), 'well');
  nodes.cut('a');
  assert.equal(await nodes.at(76), 'well');
  assert.equal(await nodes.at(86), 'silent');
});

test('a node that renews its Lease is well, though its Ready condition is not', async () => {
  const nodes = new Nodes(['a', 'b']);
  nodes.ready = ['Unknown', 0];
  assert.equal(await nodes.at(300), 'well');
});

test('where no other node renews either, it takes three times as long', async () => {
  for (const names of [['a'], ['a', 'b']]) {
    const nodes = new Nodes(names);
    await nodes.at(60);
    for (const name of names) nodes.cut(name);
    assert.equal(await nodes.at(115), 'well');
    assert.equal(await nodes.at(130), 'silent');
  }
});

test('after an outage of the API server the watch begins again: no healthy node is silent, a dead one is', async () => {
  for (const outage of [15, 30, 60, 90, 600]) {
    const nodes = new Nodes(['a', 'b']);
    await nodes.at(60);
    nodes.isApiAway = true;
    assert.equal(await nodes.at(60 + outage), 'unavailable');
    nodes.isApiAway = false;
    nodes.ready = ['Unknown', 60 + outage];
    assert.equal(await nodes.at(60 + outage + 100), 'well', `${outage} s`);

    const cut = new Nodes(['a', 'b']);
    await cut.at(60);
    cut.isApiAway = true;
    await cut.at(70);
    cut.cut('a');
    await cut.at(60 + outage);
    cut.isApiAway = false;
    assert.equal(await cut.at(60 + outage + 18), outage > 12 ? 'well' : 'silent', `${outage} s`);
    assert.equal(await cut.at(60 + outage + 26), 'silent', `${outage} s`);
  }
});

test('a node that was deleted is gone at the next look', async () => {
  const nodes = new Nodes(['a', 'b']);
  await nodes.at(20);
  nodes.isNodeDeleted = true;
  assert.equal(await nodes.at(22), 'gone');
});

test('without the right to read Leases the Ready condition serves, with one warning', async () => {
  const nodes = new Nodes(['a', 'b'], ['leases']);
  assert.equal(await nodes.at(20), 'well');
  nodes.ready = ['Unknown', 20];
  assert.equal(await nodes.at(24), 'silent');
  assert.deepEqual(nodes.warnings, ['leases is forbidden']);
});

test('without that right a condition is not trusted for 120 s after an outage', async () => {
  const nodes = new Nodes(['a', 'b'], ['leases']);
  await nodes.at(60);
  nodes.isApiAway = true;
  await nodes.at(120);
  nodes.isApiAway = false;
  nodes.ready = ['Unknown', 130];
  assert.equal(await nodes.at(235), 'well');
  assert.equal(await nodes.at(245), 'silent');
});

test('a node that reports itself unfit is left alone as long as its pods tolerate it', async () => {
  const nodes = new Nodes(['a', 'b'], ['leases']);
  nodes.ready = ['False', 0];
  assert.equal(await nodes.at(290), 'well');
  assert.equal(await nodes.at(305), 'silent');
});

test('where neither may be read the state is unknown', async () => {
  assert.equal(await new Nodes(['a', 'b'], ['leases', 'nodes']).at(20), 'unknown');
});
