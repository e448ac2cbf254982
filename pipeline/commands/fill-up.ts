import { ArtifactSet } from '../../tasks/artifacts/artifact-set.ts';
import { artifactNames } from '../../tasks/artifacts/catalogue.ts';
import type { Run } from '../../tasks/artifacts/run-dates.ts';
import { Stopped } from '../../tasks/runtime/errors.ts';
import { clearTasks } from '../orchestrator/clear-tasks.ts';
import { LeaseTaken } from '../orchestrator/lease.ts';
import { type BackfillRequest, type FoundRun, type PlannedRun, planRun } from '../orchestrator/plan-backfill.ts';
import { InvalidRunRecord } from '../orchestrator/run-store.ts';
import { BackfillView, endsText, type RunEnd } from './backfill-view.ts';
import { monitor } from './monitor.ts';
import { isReady } from './readiness.ts';
import { isRedrawable, logBeside, turnToEnd } from './turn-to-end.ts';
import { type ExecutorKind, type ExecutorMaker, openExecutor, type Pipeline, withOrchestration } from './wiring.ts';

export interface Backfill {
  readonly pipeline: Pipeline;
  readonly executor: ExecutorKind;
  readonly request: BackfillRequest;
  readonly maxActive: number;
  readonly signal: AbortSignal;
  /** The command that goes on with it. */
  readonly again: string;
}

/**
 * Takes the planned runs to their ends, so many at once, each under its own lease; how they ended, in the plan's order.
 * A run that fails, or is led by another orchestrator, holds up no other.
 * @throws Stopped when the signal is aborted
 */
export async function fillUp(backfill: Backfill, plan: readonly PlannedRun[]): Promise<RunEnd[]> {
  const { maxActive, signal, again } = backfill;
  const executors = await openExecutor(backfill.pipeline, backfill.executor);
  const ends = new Map(plan.filter(({ isWanted }) => !isWanted).map((run) => [run, endOf(run)]));
  const waiting = plan.filter(({ isWanted }) => isWanted);
  const log = logBeside(backfill.pipeline, () => view.interrupt());
  const pipeline = { ...backfill.pipeline, log };
  const out = isRedrawable(pipeline.settings.LOG_FORMAT) ? process.stdout : undefined;
  const view = new BackfillView(waiting.length, log, out);
  const work = async () => {
    for (let next = waiting.shift(); next && !signal.aborted; next = waiting.shift())
      ends.set(next, await takeRun({ ...backfill, pipeline }, executors, next, view));
  };
  try {
    const length = Math.min(maxActive, waiting.length);
    const works = await Promise.allSettled(Array.from({ length }, () => work().catch(giveUp)));
    if (signal.aborted && ends.size < plan.length)
      throw new Stopped(`stopped; ${endsText([...ends.values()], plan.length)}: 'npx pipeline ${again}' goes on`);
    for (const ended of works) if (ended.status === 'rejected') throw ended.reason;
    return plan.map((run) => ends.get(run) ?? 'failed');
  } finally {
    view.close();
    await monitor(pipeline);
  }

  /** What is no failure of a run alone, such as a store that is gone, ends the backfill once open runs have ended. */
  function giveUp(error: unknown): never {
    waiting.length = 0;
    throw error;
  }
}

async function takeRun(
  { pipeline, request, signal }: Backfill,
  executors: ExecutorMaker,
  { run, state, cleared }: PlannedRun,
  view: BackfillView,
): Promise<RunEnd> {
  if (state === 'unreadable') await pipeline.runs.remove(run.timestamp);
  const isToBeCleared = cleared.length === pipeline.dag.tasks.length;
  if (!(await isReady(pipeline, run, signal, isToBeCleared))) return view.end(run, 'not-ready');
  try {
    return await withOrchestration(pipeline, executors, run, signal, async (orchestration) => {
      const { dag, lease } = orchestration;
      await lease.refuseUnconditionalStore();
      // another orchestrator may have done it since it was planned
      const planned = planRun(dag, await lookAt(pipeline, run, lease.record), request);
      if (!planned.isWanted) return view.end(run, endOf(planned));
      await clearTasks(orchestration, planned.cleared, signal);
      const { log, onTurn } = view.begin(lease.record);
      const record = await turnToEnd(pipeline, orchestration, onTurn, log, signal);
      return view.end(run, record.state === 'running' ? 'not-ready' : record.state);
    });
  } catch (error) {
    if (!(error instanceof LeaseTaken)) throw error;
    pipeline.log.warn(`${error.message}: left to it`);
    return view.end(run, 'held');
  }
}

function endOf({ state }: PlannedRun): RunEnd {
  return state === 'success' ? 'success' : 'failed';
}

/** What is found of a run. */
export async function lookAt(pipeline: Pipeline, run: Run, known?: FoundRun['record']): Promise<FoundRun> {
  const record = known ?? (await loadRecord(pipeline, run));
  const isSuccess = record !== undefined && record !== 'unreadable' && record.state === 'success';
  const artifacts = new ArtifactSet(pipeline.store, pipeline.dag.dagId, run.timestamp);
  return { run, record, isPublished: isSuccess && (await artifacts.arePublished(artifactNames)) };
}

async function loadRecord({ runs }: Pipeline, { timestamp }: Run): Promise<FoundRun['record']> {
  try {
    return (await runs.load(timestamp))?.record;
  } catch (error) {
    if (error instanceof InvalidRunRecord) return 'unreadable';
    throw error;
  }
}
