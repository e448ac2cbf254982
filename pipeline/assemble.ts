import { ArtifactSet } from '../tasks/artifacts/artifact-set.ts';
import type { Run } from '../tasks/artifacts/data-interval.ts';
import type { ObjectStore } from '../tasks/artifacts/object-store.ts';
import { openStore } from '../tasks/artifacts/open-store.ts';
import type { Environment } from '../tasks/runtime/environment.ts';
import { createLog } from '../tasks/runtime/log.ts';
import { readCluster } from './cluster-config.ts';
import {
  attemptEnvironment,
  type PipelineSettings,
  podEnvironment,
  policyOverrides,
  readPipelineSettings,
} from './config.ts';
import { creditDefaultDag } from './credit-default-dag.ts';
import type { Dag } from './definition/dag.ts';
import { KubernetesExecutor } from './executors/kubernetes-executor.ts';
import { LocalExecutor } from './executors/local-executor.ts';
import type { AttemptOrder, Executor } from './orchestrator/executor.ts';
import { Lead, leadTiming } from './orchestrator/lead.ts';
import type { Orchestration } from './orchestrator/reconcile.ts';
import { RunStore } from './orchestrator/run-store.ts';

export const executorKinds = ['local', 'kubernetes'] as const;
export type ExecutorKind = (typeof executorKinds)[number];

/** The parts that every command works with, built from the environment once. */
export interface Pipeline {
  readonly environment: Environment;
  readonly settings: PipelineSettings;
  readonly store: ObjectStore;
  readonly dag: Dag;
  readonly runs: RunStore;
}

export async function openPipeline(environment: Environment): Promise<Pipeline> {
  const settings = readPipelineSettings(environment);
  const store = await openStore(settings);
  const dag = creditDefaultDag(settings.DAG_ID, policyOverrides(settings));
  return { environment, settings, store, dag, runs: new RunStore(store, dag.dagId) };
}

/** Makes the executor of a run. */
export type ExecutorOf = (run: Run) => Executor;

/**
 * What attempts are run by; made ready before any run is led, so that wrong settings change nothing.
 * @throws UsageError when the cluster is not or wrongly configured
 */
export async function openExecutor(pipeline: Pipeline, kind: ExecutorKind): Promise<ExecutorOf> {
  const { environment, settings, store } = pipeline;
  if (kind === 'kubernetes') return openCluster(pipeline);
  return () => new LocalExecutor((order) => attemptEnvironment(environment, settings, store.url, order));
}

async function openCluster({ environment, settings, store, dag }: Pipeline): Promise<ExecutorOf> {
  const cluster = readCluster(environment);
  // the client costs 320 ms and 50 MB, which a local run need not pay
  const { connectCluster } = await import('./executors/connect-cluster.ts');
  const parts = {
    cluster,
    api: connectCluster(cluster.namespace),
    dagId: dag.dagId,
    environmentOf: (order: AttemptOrder) => podEnvironment(environment, settings, store.url, order),
    clock: () => new Date(),
    log: createLog(settings.LOG_FORMAT, {}),
  };
  return (run) => new KubernetesExecutor({ ...parts, run });
}

/**
 * Takes the lead of a run, and puts together what leading it needs.
 * @throws NotLeading when another orchestrator leads it
 */
export async function takeLead(
  pipeline: Pipeline,
  executorOf: ExecutorOf,
  run: Run,
  signal: AbortSignal,
): Promise<Orchestration> {
  const { settings, store, dag, runs } = pipeline;
  await store.ensureBucket();
  const lead = await Lead.take(runs, dag.dagId, run, leadTiming, signal);
  return {
    dag,
    run,
    lead,
    settings,
    artifacts: new ArtifactSet(store, dag.dagId, run.timestamp),
    executor: executorOf(run),
    clock: () => new Date(),
  };
}
