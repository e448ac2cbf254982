import { isTaskId, type TaskId, taskIds } from '../../tasks/artifacts/catalogue.ts';
import { type Run, runOf } from '../../tasks/artifacts/run-dates.ts';
import { UsageError } from '../../tasks/runtime/errors.ts';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import { ChampionStore } from '../models/champion-store.ts';
import { clearTasks, withDownstream } from '../orchestrator/clear-tasks.ts';
import type { RunRecord } from '../orchestrator/run-record.ts';
import { InvalidRunRecord, type RunStore } from '../orchestrator/run-store.ts';
import { type Command, parseCommandLine, print } from './command.ts';
import { executorHelp, executorNamed, executorOption } from './executor-option.ts';
import { openExecutor, openPipeline, type Pipeline, withOrchestration } from './wiring.ts';

export const clear: Command = {
  usage: 'clear RUN [--task T] [--downstream] [--force] [--executor E]',
  summary: 'forget that tasks are complete, so that the next run does them again',
  details: `  RUN                a logical date, timestamp or run id, as 2024-01-01
  --task T           only this task (default: all of them)
  --downstream       and every task after it
  --force            also where the run's model is the champion
${executorHelp}`,
  example: 'npx pipeline clear 2024-01-01 --task fetch_data',
  needs: 'store',
  async execute(args, { environment, signal, surroundings }) {
    const options = {
      task: { type: 'string' },
      downstream: { type: 'boolean' },
      force: { type: 'boolean' },
      ...executorOption,
    } as const;
    const { values, operands } = parseCommandLine(args, options, ['RUN']);
    const executor = executorNamed(values.executor, environment);
    const task = values.task === undefined ? undefined : taskNamed(values.task);
    const pipeline = await openPipeline(environment, surroundings);
    const { dag, runs } = pipeline;
    const run = runOf(dag.schedule, operands[0] ?? '', surroundings.clock());
    const state = await stateOf(runs, run.timestamp);
    if (state === undefined)
      throw new UsageError([`there is no run ${run.runId}: 'npx pipeline status' names those that there are`]);
    if (!values.force) await refuseChampion(pipeline, run, state);
    if (state === 'unreadable') await runs.remove(run.timestamp);
    const cleared = tasksToClear(task, values.downstream ?? false, dag);
    const executors = await openExecutor(pipeline, executor);
    await withOrchestration(pipeline, executors, run, signal, async (orchestration) => {
      // it may have been led to its end meanwhile
      if (!values.force) await refuseChampion(pipeline, run, orchestration.lease.record.state);
      await clearTasks(orchestration, cleared, signal);
    });
    print(
      `cleared ${cleared.join(', ')} of ${run.runId}: 'npx pipeline run --logical-date ${run.timestamp}' does it again`,
    );
    return exitCodes.success;
  },
};

/** What has failed since is to be done again, champion or not. */
async function refuseChampion({ store, dag }: Pipeline, { timestamp, runId }: Run, state: string): Promise<void> {
  if (state !== 'success' || (await new ChampionStore(store, dag.dagId).read())?.timestamp !== timestamp) return;
  throw new UsageError([
    `the model of ${runId} is the champion: --force clears the run all the same, and the copy that others use stays`,
  ]);
}

/** A record that cannot be read is replaced: completeness is not in it. */
async function stateOf(runs: RunStore, timestamp: string): Promise<RunRecord['state'] | 'unreadable' | undefined> {
  try {
    return (await runs.load(timestamp))?.record.state;
  } catch (error) {
    if (error instanceof InvalidRunRecord) return 'unreadable';
    throw error;
  }
}

function tasksToClear(
  task: TaskId | undefined,
  isDownstream: boolean,
  dag: Parameters<typeof withDownstream>[0],
): readonly TaskId[] {
  if (!task) return taskIds;
  return isDownstream ? withDownstream(dag, task) : [task];
}

/** @throws UsageError when there is no such task */
export function taskNamed(name: string): TaskId {
  if (isTaskId(name)) return name;
  throw new UsageError([`"${name}" is no task: expected one of ${taskIds.join(', ')}`]);
}
