import { type TaskId, taskIds } from '../../tasks/artifacts/artifact-keys.ts';
import { runOf } from '../../tasks/artifacts/run-dates.ts';
import { UsageError } from '../../tasks/runtime/errors.ts';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import { clearTasks, withDownstream } from '../orchestrator/clear-tasks.ts';
import { type Command, parseCommandLine } from './command.ts';
import { executorHelp, executorNamed, executorOption } from './executor-option.ts';
import { openExecutor, openPipeline, takeLead } from './wiring.ts';

export const clear: Command = {
  usage: 'clear RUN [--task T] [--downstream] [--executor local|kubernetes]',
  summary: 'forget that tasks are complete, so that the next run does them again',
  details: `  RUN                a logical date, timestamp or run id, as 2024-01-01
  --task T           only this task (default: all of them)
  --downstream       and every task after it
${executorHelp}`,
  example: 'npm run pipeline -- clear 2024-01-01 --task fetch_data',
  async execute(args, { environment, signal }) {
    const options = { task: { type: 'string' }, downstream: { type: 'boolean' }, ...executorOption } as const;
    const { values, operands } = parseCommandLine(args, options, ['RUN']);
    const executor = executorNamed(values.executor, environment);
    const task = values.task === undefined ? undefined : taskNamed(values.task);
    const run = runOf(operands[0] ?? '', new Date());
    const pipeline = await openPipeline(environment);
    if (!(await pipeline.runs.load(run.timestamp)))
      throw new UsageError([`there is no run ${run.runId}: see 'status'`]);
    const orchestration = await takeLead(pipeline, await openExecutor(pipeline, executor), run, signal);
    const cleared = tasksToClear(task, values.downstream ?? false, pipeline.dag);
    try {
      await clearTasks(orchestration, cleared, signal);
    } finally {
      await orchestration.lease.release();
    }
    process.stdout.write(
      `cleared ${cleared.join(', ')} of ${run.runId}: 'run --logical-date ${run.timestamp}' does it again\n`,
    );
    return exitCodes.success;
  },
};

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
  const found = taskIds.find((taskId) => taskId === name);
  if (!found) throw new UsageError([`"${name}" is no task: expected one of ${taskIds.join(', ')}`]);
  return found;
}
