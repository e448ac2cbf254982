import { ArtifactSet } from '../tasks/artifacts/artifact-set.ts';
import type { Run } from '../tasks/artifacts/data-interval.ts';
import type { ObjectStore } from '../tasks/artifacts/object-store.ts';
import { openStore } from '../tasks/artifacts/open-store.ts';
import type { Environment } from '../tasks/runtime/environment.ts';
import { attemptEnvironment, type PipelineSettings, policyOverrides, readPipelineSettings } from './config.ts';
import { creditDefaultDag } from './credit-default-dag.ts';
import type { Dag } from './definition/dag.ts';
import { LocalExecutor } from './executors/local-executor.ts';
import { Lead, leadTiming } from './orchestrator/lead.ts';
import type { Orchestration } from './orchestrator/reconcile.ts';
import { RunStore } from './orchestrator/run-store.ts';

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

/**
 * Takes the lead of a run, and puts together what leading it needs.
 * @throws NotLeading when another orchestrator leads it
 */
export async function takeLead(pipeline: Pipeline, run: Run, signal: AbortSignal): Promise<Orchestration> {
  const { environment, settings, store, dag, runs } = pipeline;
  await store.ensureBucket();
  const lead = await Lead.take(runs, dag.dagId, run, leadTiming, signal);
  return {
    dag,
    run,
    lead,
    settings,
    artifacts: new ArtifactSet(store, dag.dagId, run.timestamp),
    executor: new LocalExecutor((order) => attemptEnvironment(environment, settings, store.url, order)),
    clock: () => new Date(),
  };
}
