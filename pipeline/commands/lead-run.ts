import { artifactNames } from '../../tasks/artifacts/artifact-keys.ts';
import type { Run } from '../../tasks/artifacts/run-dates.ts';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import { createLog, type Log } from '../../tasks/runtime/log.ts';
import { clearTasks } from '../orchestrator/clear-tasks.ts';
import { orchestrate } from '../orchestrator/orchestrate.ts';
import type { Orchestration } from '../orchestrator/reconcile.ts';
import type { RunRecord } from '../orchestrator/run-record.ts';
import { EventLines } from './event-lines.ts';
import { LiveLines } from './live-lines.ts';
import type { RunView } from './run-view.ts';
import { type ExecutorKind, openExecutor, type Pipeline, takeLead } from './wiring.ts';

/** Leads one run to its end; the exit code that tells how it went. */
export async function leadRun(
  pipeline: Pipeline,
  executorKind: ExecutorKind,
  run: Run,
  isForced: boolean,
  signal: AbortSignal,
): Promise<number> {
  const log = createLog(pipeline.settings.LOG_FORMAT, {});
  log.info(`run ${run.runId} of ${pipeline.dag.dagId}`, { store: pipeline.store.url });
  const executorOf = await openExecutor(pipeline, executorKind);
  const orchestration = await takeLead(pipeline, executorOf, run, signal);
  const { lease } = orchestration;
  await lease.refuseUnconditionalStore();
  if (isForced)
    await clearTasks(
      orchestration,
      orchestration.dag.tasks.map(({ taskId }) => taskId),
      signal,
    );
  if (lease.record.state === 'failed') {
    await lease.release();
    log.error(
      `run ${run.runId} has failed already: see 'status ${run.timestamp}', then 'clear ${run.timestamp}' to do it again`,
    );
    return exitCodes.runFailed;
  }
  const attemptsBefore = countAttempts(lease.record);
  const record = await show(pipeline, orchestration, signal);
  await tellEnd(orchestration, record, countAttempts(record) > attemptsBefore, log);
  return record.state === 'success' ? exitCodes.success : exitCodes.runFailed;
}

async function show({ settings }: Pipeline, orchestration: Orchestration, signal: AbortSignal): Promise<RunRecord> {
  const log = createLog(settings.LOG_FORMAT, {}, () => view.interrupt());
  const view = createView(orchestration.lease.record, log);
  try {
    return await orchestrate(orchestration, (record, facts) => view.show(record, facts), log, signal);
  } finally {
    view.close();
  }
}

function createView(record: RunRecord, log: Log): RunView {
  if (process.stdout.isTTY) return new LiveLines(process.stdout);
  const lines = new EventLines(log);
  lines.skip(record);
  return lines;
}

function countAttempts(record: RunRecord): number {
  return Object.values(record.tasks).reduce((sum, { attempts }) => sum + attempts.length, 0);
}

async function tellEnd({ artifacts }: Orchestration, record: RunRecord, hasWorked: boolean, log: Log): Promise<void> {
  if (record.state === 'failed') {
    log.error(
      `run ${record.runId} failed: see 'logs ${record.timestamp} TASK', then 'clear ${record.timestamp}' to do it again`,
    );
    return;
  }
  log.info(hasWorked ? `run ${record.runId} succeeded` : `run ${record.runId} was done already: nothing ran`);
  const metrics = await artifacts.store.get(artifacts.keyOf('metrics'));
  const chunks = metrics ? await Array.fromAsync(metrics.body) : [];
  const where = artifactNames.map((name) => `  ${artifacts.store.url}/${artifacts.keyOf(name)}\n`);
  process.stdout.write(`\n${Buffer.concat(chunks)}\nArtifacts\n${where.join('')}`);
}
