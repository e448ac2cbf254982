import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Manifest } from '../support/kustomize.ts';
import { hasEnded, hasSucceeded, isControlPlane, isReady, type Node, workers } from './cluster-objects.ts';
import { jobOf, type Variation } from './job-of.ts';
import { kubectl, shell } from './kubectl.ts';
import { podOf } from './measures.ts';
import { type Action, actions, type NodeAction, type Settings } from './settings.ts';
import type { SeenPod } from './sightings.ts';
import { now, type Watch } from './watch.ts';

/** A reason, found while it was tried, why a scenario cannot be played. */
export class NotRun extends Error {
  override readonly name = 'NotRun';
}

export interface Nodes {
  /** Keeps the servers, and all else that must not be lost. */
  readonly safe: Node;
  readonly victim: Node;
}

/** Where a scenario is played: the namespace, and what can be done in it. */
export class Stage {
  readonly namespace: string;
  readonly watch: Watch;
  readonly #manifests: readonly Manifest[];
  readonly #settings: Settings;
  /** Nodes that something was done to. */
  readonly #taken = new Set<string>();

  constructor(namespace: string, watch: Watch, manifests: readonly Manifest[], settings: Settings) {
    this.namespace = namespace;
    this.watch = watch;
    this.#manifests = manifests;
    this.#settings = settings;
  }

  manifest(kind: string, name: string): Manifest {
    const found = this.#manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
    return found ?? assert.fail(`the overlay has no ${kind} ${name}`);
  }

  async create(manifest: object): Promise<void> {
    await kubectl(['create', '-n', this.namespace, '-f', '-'], JSON.stringify(manifest));
  }

  /** Starts the orchestrator's program as a Job of its own. */
  async startOrchestrator(variation: Variation): Promise<string> {
    await this.create(jobOf(this.manifest('CronJob', 'credit-default-pipeline'), variation));
    return variation.name;
  }

  async untilSucceeded(job: string, seconds: number): Promise<void> {
    const ended = await this.watch.until(`the end of Job ${job}`, seconds, ({ jobs }) =>
      jobs.find((found) => found.metadata.name === job && hasEnded(found)),
    );
    if (!hasSucceeded(ended)) assert.fail(`Job ${job} failed: ${await this.logsOf(job, 10)}`);
  }

  /** The last that a Job said, or why it is unknown. */
  async logsOf(job: string, lines = -1): Promise<string> {
    return kubectl(['logs', '-n', this.namespace, `job/${job}`, `--tail=${lines}`]).catch(String);
  }

  /** Runs one of the pipeline's commands to its end; what it said. */
  async command(variation: Variation): Promise<string> {
    await this.startOrchestrator({ backoffLimit: 0, ...variation });
    await this.untilSucceeded(variation.name, 120);
    return this.logsOf(variation.name);
  }

  /** The first attempt of train_model, at work on its trees. */
  async midTrain(dag: string): Promise<SeenPod & { readonly nodeName: string }> {
    const { sightings } = this.watch;
    const pod = await this.watch.until('train_model to run', 300, () => {
      const seen = podOf(sightings, { dag, task: 'train_model', attempt: 1 });
      return seen?.runningAt !== undefined && seen.nodeName !== undefined
        ? { ...seen, nodeName: seen.nodeName }
        : undefined;
    });
    await this.#untilSaid(pod.name, 'loans split', 60);
    return pod;
  }

  async untilPodEnded(name: string, seconds = 180): Promise<number> {
    const { sightings } = this.watch;
    return this.watch.until(
      `the end of pod ${name}`,
      seconds,
      () => sightings.pods.find((pod) => pod.name === name)?.endedAt,
    );
  }

  async untilNodeLost(name: string): Promise<number> {
    return this.watch.until(`node ${name} to be lost`, 180, () => this.watch.sightings.nodeLostAt(name));
  }

  async evict(pod: string): Promise<void> {
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod, namespace: this.namespace } };
    const path = `/api/v1/namespaces/${this.namespace}/pods/${pod}/eviction`;
    await kubectl(['create', '--raw', path, '-f', '-'], JSON.stringify(eviction));
  }

  /** @throws NotRun when no command for it was given */
  async act(action: NodeAction, node: string): Promise<void> {
    this.#taken.add(node);
    await shell(this.#commandOf(action), node);
  }

  /**
   * Stops the API server for so long; `act` happens in the middle.
   * @throws NotRun when no command for it was given
   */
  async withoutApi(seconds: number, act: () => Promise<void> = async () => {}): Promise<void> {
    await shell(this.#commandOf('stopApi'), '');
    try {
      await sleep(seconds * 500);
      await act();
      await sleep(seconds * 500);
    } finally {
      await shell(this.#commandOf('startApi'), '');
    }
  }

  #commandOf(action: Action): string {
    return this.#settings.commands[action] ?? fail(`${actions[action]} is not given`);
  }

  /**
   * Plays with two nodes, one of which is lost, and brings that back where it can.
   * @throws NotRun when there are no two
   */
  async losingNode<T>(play: (nodes: Nodes) => Promise<T>): Promise<T> {
    const nodes = await this.watch.until('two nodes', 60, (state) => twoNodes(state.nodes)).catch(() => undefined);
    if (!nodes) throw new NotRun('it takes two ready nodes, one of them without the control plane');
    try {
      return await play(nodes);
    } finally {
      await this.#restoreTaken();
    }
  }

  async #restoreTaken(): Promise<void> {
    if (this.#settings.commands.restore === undefined) return;
    const taken = [...this.#taken];
    for (const name of taken) await this.act('restore', name);
    await this.watch.until(`${taken.join(', ')} to be ready again`, 300, ({ nodes }) => {
      const ready = nodes.filter(isReady).map(({ metadata }) => metadata.name);
      return taken.every((name) => ready.includes(name)) ? true : undefined;
    });
  }

  async #untilSaid(pod: string, words: string, seconds: number): Promise<void> {
    const deadline = now() + seconds;
    while (!(await kubectl(['logs', '-n', this.namespace, pod]).catch(String)).includes(words)) {
      if (now() > deadline) throw new Error(`waited ${seconds} s for pod ${pod} to say "${words}"`);
      await sleep(100);
    }
  }
}

function fail(why: string): never {
  throw new NotRun(why);
}

/** The first worker is safe: the servers were put there. Nothing is lost that holds the control plane. */
export function twoNodes(nodes: readonly Node[]): Nodes | undefined {
  const [safe, ...others] = workers(nodes);
  const victim = others.findLast((node) => !isControlPlane(node));
  return safe && victim && { safe, victim };
}
