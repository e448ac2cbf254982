import { ArtifactSet } from '../../tasks/artifacts/artifact-set.ts';
import type { Run } from '../../tasks/artifacts/run-dates.ts';
import type { ObjectStore } from '../../tasks/artifacts/stores/object-store.ts';
import { openStore } from '../../tasks/artifacts/stores/open-store.ts';
import type { Environment } from '../../tasks/runtime/environment.ts';
import { createLog, type Log } from '../../tasks/runtime/log.ts';
import { secretTexts } from '../../tasks/runtime/setting-facts.ts';
import { parametersOf } from '../../tasks/runtime/settings.ts';
import { creditDefaultDag } from '../credit-default-dag.ts';
import type { KubernetesApi } from '../executors/kubernetes/kubernetes-api.ts';
import { KubernetesExecutor } from '../executors/kubernetes/kubernetes-executor.ts';
import { LocalExecutor } from '../executors/local/local-executor.ts';
import { readVerdict } from '../models/judge-once.ts';
import { AlertBook } from '../monitoring/alert-book.ts';
import { Alerts } from '../monitoring/alerts.ts';
import { channelsOf } from '../monitoring/channels.ts';
import { type Dag, defineDag } from '../orchestrator/dag.ts';
import type { AttemptSpec, Executor } from '../orchestrator/executor.ts';
import {
  holderText,
  LeaseTaken,
  type LeaseTiming,
  leaseTiming,
  type WhenHeld,
  withLease,
} from '../orchestrator/lease.ts';
import { throughOutages } from '../orchestrator/outage.ts';
import type { Orchestration } from '../orchestrator/reconcile.ts';
import type { Holder } from '../orchestrator/run-record.ts';
import { RunStore } from '../orchestrator/run-store.ts';
import { steadyClock } from '../orchestrator/steady-clock.ts';
import { PageWriter } from '../pages/page-writer.ts';
import { Pages, type PagesParts } from '../pages/pages.ts';
import { type AttemptSettings, podEnvironment, processEnvironment } from '../settings/attempt-environment.ts';
import { readCluster } from '../settings/cluster-settings.ts';
import {
  type PipelineSettings,
  pipelineSettings,
  policyOverrides,
  readPipelineSettings,
} from '../settings/pipeline-settings.ts';

export const executorKinds = ['local', 'kubernetes'] as const;
export type ExecutorKind = (typeof executorKinds)[number];

/** What a test replaces. */
export interface Surroundings {
  readonly clock: () => Date;
  /** Begins the clock that a run is led by. */
  readonly startClock: () => () => Date;
  readonly leaseTiming: LeaseTiming;
  /** How often the cluster is asked while an attempt is open and no pod changes. */
  readonly pollSeconds: number;
  readonly connectCluster: (namespace: string) => Promise<KubernetesApi>;
  /** @param onLine called before each line */
  readonly createLog: (format: PipelineSettings['LOG_FORMAT'], secrets: readonly string[], onLine?: () => void) => Log;
}

export const surroundings: Surroundings = {
  clock: () => new Date(),
  startClock: steadyClock,
  leaseTiming,
  pollSeconds: 1,
  // the client costs 320 ms and 50 MB, which a local run need not pay
  connectCluster: async (namespace) =>
    (await import('../executors/kubernetes/connect-cluster.ts')).connectCluster(namespace),
  // stdout is for what a command prints
  createLog: (format, secrets, onLine) => createLog(format, {}, onLine, secrets, process.stderr),
};

/** The parts that every command works with, built from the environment once. */
export interface Pipeline {
  readonly environment: Environment;
  readonly settings: PipelineSettings;
  readonly store: ObjectStore;
  readonly dag: Dag;
  readonly runs: RunStore;
  readonly alerts: Alerts;
  readonly pages: PageWriter;
  readonly log: Log;
  readonly surroundings: Surroundings;
}

export async function openPipeline(environment: Environment, around = surroundings): Promise<Pipeline> {
  const settings = readPipelineSettings(environment);
  const store = await openStore(settings);
  const dag = defineDag(creditDefaultDag, settings.DAG_ID, policyOverrides(settings));
  const log = around.createLog(settings.LOG_FORMAT, secretTexts(pipelineSettings.shape, environment));
  const runs = new RunStore(store, dag.dagId);
  const alerts = new Alerts({
    dag,
    runs,
    book: new AlertBook(store, dag.dagId),
    verdictOn: (timestamp) => readVerdict(store, dag.dagId, timestamp),
    channels: channelsOf(settings, { dagId: dag.dagId, storeUrl: store.url }),
    limits: {
      isRetryAlerted: settings.ALERT_ON_RETRY,
      lateAfterSeconds: settings.LATE_AFTER_SECONDS,
      readyWithinSeconds: settings.READY_WITHIN_SECONDS,
    },
    clock: around.clock,
    log,
  });
  const pages = new PageWriter(
    new Pages(pagesParts({ dag, store, runs, settings, surroundings: around })),
    store,
    dag.dagId,
    log,
  );
  return { environment, settings, store, dag, runs, alerts, pages, log, surroundings: around };
}

/** What reports and pages are made from. */
export function pagesParts({
  dag,
  store,
  runs,
  settings,
  surroundings: { clock },
}: Pick<Pipeline, 'dag' | 'store' | 'runs' | 'settings' | 'surroundings'>): PagesParts {
  return { dag, store, runs, prices: settings.PRICES, lateAfterSeconds: settings.LATE_AFTER_SECONDS, clock };
}

/** What the pipeline has to say to its attempts. */
export function attemptSettings({ environment, settings, store }: Pipeline): AttemptSettings {
  return { environment, shape: pipelineSettings.shape, values: settings, storeUrl: store.url };
}

/** Makes the executor of a run. */
export interface ExecutorMaker {
  readonly kind: ExecutorKind;
  make(run: Run): Executor;
}

/**
 * What attempts are run by; made ready before any lease is taken, so that wrong settings change nothing.
 * @throws UsageError when the cluster is not configured, or wrongly
 */
export async function openExecutor(pipeline: Pipeline, kind: ExecutorKind): Promise<ExecutorMaker> {
  if (kind === 'kubernetes') return openCluster(pipeline);
  return { kind, make: () => new LocalExecutor((spec) => processEnvironment(attemptSettings(pipeline), spec)) };
}

async function openCluster(pipeline: Pipeline): Promise<ExecutorMaker> {
  const { clock, pollSeconds, connectCluster } = pipeline.surroundings;
  const cluster = readCluster(pipeline.environment);
  const parts = {
    cluster,
    api: await connectCluster(cluster.namespace),
    dagId: pipeline.dag.dagId,
    environmentOf: (spec: AttemptSpec) => podEnvironment(attemptSettings(pipeline), spec),
    clock,
    log: pipeline.log,
    pollSeconds,
  };
  return { kind: 'kubernetes', make: (run) => new KubernetesExecutor({ ...parts, run }) };
}

/**
 * Takes the lease of a run, does what needs it, and releases it.
 * @throws LeaseTaken when another orchestrator holds it
 */
export async function withOrchestration<T>(
  pipeline: Pipeline,
  executors: ExecutorMaker,
  run: Run,
  signal: AbortSignal,
  use: (orchestration: Orchestration) => Promise<T>,
  whenHeld: WhenHeld = 'refuse',
): Promise<T> {
  const { settings, store, dag, runs, log } = pipeline;
  const { startClock, leaseTiming: timing } = pipeline.surroundings;
  // in a cluster the store may come up later; on a laptop a wrong address should fail at once
  const ensureBucket = () => store.ensureBucket();
  await (executors.kind === 'kubernetes' ? throughOutages(log, signal, ensureBucket) : ensureBucket());
  const onUnreleased = (error: Error) => {
    if (!(error instanceof LeaseTaken)) log.warn(`the lease could not be released: ${error.message}`);
  };
  const onHeld = (holder: Holder) => {
    const led = `run ${run.runId} is led by ${holderText(holder)}`;
    log.info(
      whenHeld === 'wait' ? `stands by: ${led}` : `${led}; watching for ${timing.staleSeconds} s whether it is alive`,
    );
  };
  return withLease({ runs, dag, run, timing, whenHeld, onHeld }, signal, onUnreleased, (lease) =>
    use({
      dag,
      run,
      lease,
      parametersOf: parametersOf(settings),
      artifacts: new ArtifactSet(store, dag.dagId, run.timestamp),
      executor: executors.make(run),
      clock: startClock(),
    }),
  );
}
