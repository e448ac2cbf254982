import { ArtifactSet } from '../../tasks/artifacts/artifact-set.ts';
import type { Run } from '../../tasks/artifacts/run-dates.ts';
import type { ObjectStore } from '../../tasks/artifacts/stores/object-store.ts';
import { openStore } from '../../tasks/artifacts/stores/open-store.ts';
import type { Environment } from '../../tasks/runtime/environment.ts';
import { createLog } from '../../tasks/runtime/log.ts';
import { creditDefaultDag } from '../credit-default-dag.ts';
import { KubernetesExecutor } from '../executors/kubernetes/kubernetes-executor.ts';
import { LocalExecutor } from '../executors/local/local-executor.ts';
import type { Dag } from '../orchestrator/dag.ts';
import type { AttemptSpec, Executor } from '../orchestrator/executor.ts';
import { Lease, leaseTiming } from '../orchestrator/lease.ts';
import type { Orchestration } from '../orchestrator/reconcile.ts';
import { RunStore } from '../orchestrator/run-store.ts';
import { readCluster } from '../settings/cluster-settings.ts';
import {
  attemptEnvironment,
  type PipelineSettings,
  podEnvironment,
  policyOverrides,
  readPipelineSettings,
} from '../settings/pipeline-settings.ts';

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
  const { connectCluster } = await import('../executors/kubernetes/connect-cluster.ts');
  const parts = {
    cluster,
    api: connectCluster(cluster.namespace),
    dagId: dag.dagId,
    environmentOf: (order: AttemptSpec) => podEnvironment(environment, settings, store.url, order),
    clock: () => new Date(),
    log: createLog(settings.LOG_FORMAT, {}),
  };
  return (run) => new KubernetesExecutor({ ...parts, run });
}

/**
 * Takes the lead of a run, and puts together what leading it needs.
 * @throws LeaseTaken when another orchestrator leads it
 */
export async function takeLead(
  pipeline: Pipeline,
  executorOf: ExecutorOf,
  run: Run,
  signal: AbortSignal,
): Promise<Orchestration> {
  const { settings, store, dag, runs } = pipeline;
  await store.ensureBucket();
  const lease = await Lease.take(runs, dag.dagId, run, leaseTiming, signal);
  return {
    dag,
    run,
    lease,
    settings,
    artifacts: new ArtifactSet(store, dag.dagId, run.timestamp),
    executor: executorOf(run),
    clock: () => new Date(),
  };
}
