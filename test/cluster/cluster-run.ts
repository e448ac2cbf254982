import assert from 'node:assert/strict';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { V1Container, V1Pod } from '@kubernetes/client-node';
import { openExecutor, openPipeline, type Pipeline, withOrchestration } from '../../pipeline/commands/wiring.ts';
import { creditDefaultDag } from '../../pipeline/credit-default-dag.ts';
import { KubernetesApi } from '../../pipeline/executors/kubernetes/kubernetes-api.ts';
import type { LeaseTiming } from '../../pipeline/orchestrator/lease.ts';
import { orchestrate } from '../../pipeline/orchestrator/orchestrate.ts';
import { type Orchestration, reconcile } from '../../pipeline/orchestrator/reconcile.ts';
import type { RunRecord } from '../../pipeline/orchestrator/run-record.ts';
import { RunStore } from '../../pipeline/orchestrator/run-store.ts';
import { markerKey } from '../../tasks/artifacts/artifact-keys.ts';
import { ArtifactSet } from '../../tasks/artifacts/artifact-set.ts';
import { outputsOf, type TaskId } from '../../tasks/artifacts/catalogue.ts';
import { runOf } from '../../tasks/artifacts/run-dates.ts';
import { openStore } from '../../tasks/artifacts/stores/open-store.ts';
import { keepLog } from '../support/orchestration.ts';
import { artifactHashes, logicalDate, quickSettings } from '../support/pipeline-command.ts';
import { tasksOf } from '../support/run-records.ts';
import { TestCluster } from './cluster.ts';
import type { Program } from './kubelet.ts';

const root = new URL('../../', import.meta.url);
const run = runOf(creditDefaultDag.schedule, logicalDate, new Date());
const leaseTiming: LeaseTiming = { renewSeconds: 0.2, staleSeconds: 0.8 };

export const clusterSettings = {
  NAMESPACE: 'test',
  IMAGE_CREATE_BUCKET: 'test/create-bucket',
  IMAGE_FETCH_DATA: 'test/fetch-data',
  IMAGE_TRAIN_MODEL: 'test/train-model',
  IMAGE_EVALUATE_MODEL: 'test/evaluate-model',
  TASK_SERVICE_ACCOUNT: 'task',
  TASK_SECRET: 'task-secret',
  TASK_CONFIG: 'task-config',
} as const;

export interface Parts {
  /** A store to begin with, which is copied. */
  readonly from?: string;
  /** Tasks to be done again. */
  readonly undone?: readonly TaskId[];
  readonly settings?: Readonly<Record<string, string>>;
  readonly secret?: Readonly<Record<string, string>>;
  readonly callLimitSeconds?: number;
  readonly pollSeconds?: number;
}

/** A run whose attempts are pods of a cluster in this process: two spot nodes, and one on demand. */
export class ClusterRun {
  readonly cluster: TestCluster;
  readonly directory: string;
  /** What an attempt runs instead of its task, by `train_model 1`. */
  readonly programs: Map<string, Program>;
  readonly log = keepLog();
  readonly #parts: Parts;

  private constructor(cluster: TestCluster, directory: string, programs: Map<string, Program>, parts: Parts) {
    this.cluster = cluster;
    this.directory = directory;
    this.programs = programs;
    this.#parts = parts;
  }

  static async start(t: TestContext, parts: Parts): Promise<ClusterRun> {
    const directory = await mkdtemp(join(tmpdir(), 'cluster-'));
    if (parts.from) await cp(parts.from, directory, { recursive: true });
    const programs = new Map<string, Program>();
    const maps = { 'task-config': { CHECKPOINT_AFTER_SECONDS: '0' }, 'task-secret': parts.secret ?? {} };
    const cluster = await TestCluster.start({
      maps,
      programOf: (pod, container) => programs.get(attemptOf(pod)) ?? taskOf(container),
    });
    for (const name of ['spot-1', 'spot-2'])
      cluster.addNode(name, { workload: 'airflow-workers', lifecycle: 'Ec2Spot' });
    cluster.addNode('on-demand', {});
    t.after(async () => {
      cluster.stop();
      await rm(directory, { recursive: true, force: true, maxRetries: 10 });
    });
    const clusterRun = new ClusterRun(cluster, directory, programs, parts);
    await rm(join(directory, 'credit_default_pipeline', 'runs'), { recursive: true, force: true });
    await clusterRun.#undo(parts.undone ?? []);
    return clusterRun;
  }

  /** The pipeline as its commands see it, with the cluster's clock and API. */
  async pipeline(): Promise<Pipeline> {
    const environment = {
      ...quickSettings,
      ...clusterSettings,
      // 36 s of ours, in which an attempt that handles SIGTERM ends on any machine
      GRACE_PERIOD_SECONDS: '3600',
      ...this.#parts.settings,
      ARTIFACT_STORE: this.#storeUrl,
    };
    const { pollSeconds = 0.05, callLimitSeconds } = this.#parts;
    return openPipeline(environment, {
      clock: this.cluster.state.now,
      startClock: () => this.cluster.state.now,
      leaseTiming,
      pollSeconds,
      connectCluster: async (namespace) => new KubernetesApi(this.cluster.kubeConfig, namespace, callLimitSeconds),
      createLog: () => this.log.log,
    });
  }

  /** Another life of the orchestrator, which releases the lease when `use` is over. */
  async withOrchestration<T>(use: (orchestration: Orchestration) => Promise<T>, signal = never): Promise<T> {
    const pipeline = await this.pipeline();
    return withOrchestration(pipeline, await openExecutor(pipeline, 'kubernetes'), run, signal, use);
  }

  /** One turn of an orchestrator that then dies, as far as the cluster can see. */
  async turn(): Promise<void> {
    await this.withOrchestration(async (orchestration) => {
      await reconcile(orchestration);
    });
  }

  /** Takes the run to its end. */
  async lead(signal = AbortSignal.timeout(120_000)): Promise<RunRecord> {
    return this.withOrchestration(
      (orchestration) => orchestrate(orchestration, () => {}, this.log.log, signal),
      signal,
    );
  }

  async assertArtifacts(expected: Readonly<Record<string, string>>): Promise<void> {
    assert.deepEqual(await artifactHashes(this.directory), expected);
  }

  /** The Jobs' creations that the API server was asked for. */
  get creations(): number {
    return this.cluster.api.calls.filter((call) => call.startsWith('POST') && call.endsWith('/jobs')).length;
  }

  async record(): Promise<RunRecord | undefined> {
    const store = await openStore({ ARTIFACT_STORE: this.#storeUrl });
    return (await new RunStore(store, 'credit_default_pipeline').load(run.timestamp))?.record;
  }

  until(what: string, isSo: (tasks: ReturnType<typeof tasksOf>) => boolean): Promise<void> {
    return this.untilRecord(what, (record) => isSo(tasksOf(record)));
  }

  async untilRecord(what: string, isSo: (record: RunRecord) => boolean): Promise<void> {
    for (const end = performance.now() + 60_000; performance.now() < end; await sleep(10)) {
      const record = await this.record();
      if (record && isSo(record)) return;
    }
    throw new Error(`waited 60 s without success until ${what}`);
  }

  get #storeUrl(): string {
    return pathToFileURL(this.directory).href;
  }

  async #undo(taskIds: readonly TaskId[]): Promise<void> {
    const store = await openStore({ ARTIFACT_STORE: this.#storeUrl });
    const artifacts = new ArtifactSet(store, 'credit_default_pipeline', run.timestamp);
    for (const name of taskIds.flatMap(outputsOf)) {
      await store.delete(markerKey(artifacts.keyOf(name)));
      await store.delete(artifacts.keyOf(name));
    }
  }
}

const never = new AbortController().signal;

/** Does something else than the task, as `test/support/attempt.ts` has it. */
export function behaviour(name: string, argument = ''): Program {
  const path = fileURLToPath(new URL('test/support/attempt.ts', root));
  return { path, environment: { BEHAVIOUR: name, ARGUMENT: argument } };
}

/** Does the task, with something more in its environment. */
export function taskWith(name: string, environment: Readonly<Record<string, string>>): Program {
  return { path: fileURLToPath(new URL(`tasks/${name}.ts`, root)), environment };
}

function attemptOf({ metadata }: V1Pod): string {
  return `${metadata?.labels?.task} ${metadata?.labels?.attempt}`;
}

function taskOf({ image = '' }: V1Container): Program | undefined {
  const name = /^test\/(.*)$/.exec(image)?.[1];
  return name === undefined ? undefined : taskWith(name, {});
}
