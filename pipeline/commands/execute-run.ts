import { z } from 'zod';
import { runPageKey } from '../../tasks/artifacts/artifact-keys.ts';
import { artifactNames } from '../../tasks/artifacts/catalogue.ts';
import { readJson } from '../../tasks/artifacts/read-json.ts';
import type { Run } from '../../tasks/artifacts/run-dates.ts';
import { readAll } from '../../tasks/artifacts/stores/read-all.ts';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import type { Log } from '../../tasks/runtime/log.ts';
import { clearTasks } from '../orchestrator/clear-tasks.ts';
import { LeaseTaken, type WhenHeld } from '../orchestrator/lease.ts';
import { type Orchestration, observe } from '../orchestrator/reconcile.ts';
import { openAttempt, type RunRecord } from '../orchestrator/run-record.ts';
import { isByHand } from '../orchestrator/stop-run.ts';
import { EventLines } from './event-lines.ts';
import { LiveLines } from './live-lines.ts';
import { monitor } from './monitor.ts';
import { isReady } from './readiness.ts';
import type { RunView } from './run-view.ts';
import { adviceFor, isRedrawable, type LogFormat, logBeside, turnToEnd } from './turn-to-end.ts';
import { type ExecutorKind, openExecutor, type Pipeline, withOrchestration } from './wiring.ts';

/** Takes one run to its end; the exit code. */
export async function executeRun(
  pipeline: Pipeline,
  executorKind: ExecutorKind,
  run: Run,
  isForced: boolean,
  signal: AbortSignal,
  whenHeld: WhenHeld = 'refuse',
): Promise<number> {
  try {
    return await takeToEnd(pipeline, executorKind, run, isForced, signal, whenHeld);
  } catch (error) {
    if (!(error instanceof LeaseTaken) || !(await wasStopped(pipeline, run))) throw error;
    return exitCodes.runFailed;
  } finally {
    await monitor(pipeline);
  }
}

/** Ended by 'stop' while it was led here. */
async function wasStopped({ runs, log }: Pipeline, { timestamp, runId }: Run): Promise<boolean> {
  const tasks = Object.values((await runs.load(timestamp))?.record.tasks ?? {});
  // the end of the attempts is waited for first, and only then is the run recorded as failed
  const reason = tasks.flatMap((task) => [openAttempt(task)?.ending?.reason, task.reason]).find(isByHand);
  if (reason !== undefined)
    log.error(`run ${runId} was ended: ${reason}; 'npx pipeline clear ${timestamp}' allows it again`);
  return reason !== undefined;
}

async function takeToEnd(
  pipeline: Pipeline,
  executorKind: ExecutorKind,
  run: Run,
  isForced: boolean,
  signal: AbortSignal,
  whenHeld: WhenHeld,
): Promise<number> {
  const { log, dag, store } = pipeline;
  log.info(`run ${run.runId} of ${dag.dagId}`, { store: store.url });
  if (!(await isReady(pipeline, run, signal, isForced))) return exitCodes.notReady;
  const executors = await openExecutor(pipeline, executorKind);
  const lead = async (orchestration: Orchestration) => {
    const { lease } = orchestration;
    await lease.refuseUnconditionalStore();
    const all = dag.tasks.map(({ taskId }) => taskId);
    if (isForced) await clearTasks(orchestration, all, signal);
    if (await hasFailedAlready(orchestration)) {
      log.error(`run ${run.runId} has failed already: ${adviceFor(lease.record)}`);
      return exitCodes.runFailed;
    }
    const attemptsBefore = countAttempts(lease.record);
    const record = await show(pipeline, orchestration, signal);
    await reportEnd(pipeline, orchestration, record, countAttempts(record) > attemptsBefore);
    log.info(`its page, or live by 'npx pipeline ui': ${store.url}/${runPageKey(dag.dagId, run.timestamp)}`);
    return endCode(record);
  };
  return withOrchestration(pipeline, executors, run, signal, lead, whenHeld);
}

function endCode({ state }: RunRecord): number {
  if (state === 'running') return exitCodes.notReady;
  return state === 'success' ? exitCodes.success : exitCodes.runFailed;
}

/** With other settings a finished run may have failed since: with these it is as complete as before. */
async function hasFailedAlready(orchestration: Orchestration): Promise<boolean> {
  if (orchestration.lease.record.state !== 'failed') return false;
  const { published } = await observe(orchestration);
  return !orchestration.dag.tasks.every(({ taskId }) => published.has(taskId));
}

async function show(pipeline: Pipeline, orchestration: Orchestration, signal: AbortSignal): Promise<RunRecord> {
  const log = logBeside(pipeline, () => view.interrupt());
  const view = createView(orchestration.lease.record, log, pipeline.settings.LOG_FORMAT);
  try {
    return await turnToEnd(pipeline, orchestration, (record, facts) => view.show(record, facts), log, signal);
  } finally {
    view.close();
  }
}

function createView(record: RunRecord, log: Log, format: LogFormat): RunView {
  if (isRedrawable(format)) return new LiveLines(process.stdout);
  const lines = new EventLines(log);
  lines.skip(record);
  return lines;
}

function countAttempts(record: RunRecord): number {
  return Object.values(record.tasks).reduce((sum, { attempts }) => sum + attempts.length, 0);
}

async function reportEnd(
  { settings, log }: Pipeline,
  orchestration: Orchestration,
  record: RunRecord,
  hasWorked: boolean,
): Promise<void> {
  const { artifacts } = orchestration;
  const format = settings.LOG_FORMAT;
  if (record.state === 'failed') {
    log.error(`run ${record.runId} failed: ${adviceFor(record)}`);
    return;
  }
  if (record.state === 'running') {
    const retryAt = Object.values(record.tasks).find(({ state }) => state === 'up_for_reschedule')?.retryAt;
    log.info(`run ${record.runId} waits for its data: the next start after ${retryAt?.slice(11, 19)}Z asks again`);
    return;
  }
  log.info(hasWorked ? `run ${record.runId} succeeded` : `run ${record.runId} was done already: nothing ran`);
  for (const warning of await warningsOf(orchestration)) log.warn(warning);
  const urls = artifactNames.map((name) => `${artifacts.store.url}/${artifacts.keyOf(name)}`);
  if (format === 'json') return log.info('artifacts', { artifacts: urls });
  const metrics = await artifacts.store.get(artifacts.keyOf('metrics'));
  const text = metrics ? await readAll(metrics.body) : '';
  process.stdout.write(`\n${text}\nArtifacts\n${urls.map((url) => `  ${url}\n`).join('')}`);
}

async function warningsOf({ artifacts }: Orchestration): Promise<readonly string[]> {
  const metrics = z.object({ warnings: z.array(z.string()) });
  return metrics.safeParse(await readJson(artifacts.store, artifacts.keyOf('metricsJson'))).data?.warnings ?? [];
}
