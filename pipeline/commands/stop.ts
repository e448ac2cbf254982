import { runOf } from '../../tasks/artifacts/run-dates.ts';
import { UsageError } from '../../tasks/runtime/errors.ts';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import { stopRun } from '../orchestrator/stop-run.ts';
import { type Command, parseCommandLine, print } from './command.ts';
import { executorHelp, executorNamed, executorOption } from './executor-option.ts';
import { monitor } from './monitor.ts';
import { openExecutor, openPipeline, withOrchestration } from './wiring.ts';

export const stop: Command = {
  usage: 'stop RUN [--reason TEXT] [--executor E]',
  summary: 'end a run that is going on, and mark it as failed',
  details: `  RUN                a logical date, timestamp or run id, as 2024-01-01
  --reason TEXT      why, for those who look at it later
${executorHelp}

  What is published stays. No wake-up goes on with the run until it is cleared.`,
  example: "npx pipeline stop 2024-01-01 --reason 'the table is being loaded'",
  needs: 'store',
  async execute(args, { environment, signal, surroundings }) {
    const { values, operands } = parseCommandLine(args, { reason: { type: 'string' }, ...executorOption }, ['RUN']);
    const executor = executorNamed(values.executor, environment);
    const pipeline = await openPipeline(environment, surroundings);
    const run = runOf(pipeline.dag.schedule, operands[0] ?? '', surroundings.clock());
    const state = (await pipeline.runs.load(run.timestamp))?.record.state;
    if (state === undefined)
      throw new UsageError([`there is no run ${run.runId}: 'npx pipeline status' names those that there are`]);
    if (state !== 'running') throw new UsageError([`run ${run.runId} is not going on: it is ${state}`]);
    const executors = await openExecutor(pipeline, executor);
    await withOrchestration(
      pipeline,
      executors,
      run,
      signal,
      async (orchestration) => {
        await stopRun(orchestration, values.reason, signal);
        pipeline.pages.show(orchestration.lease.record);
      },
      'take',
    );
    await monitor(pipeline);
    print(
      `stopped ${run.runId}: 'npx pipeline clear ${run.timestamp}', then 'npx pipeline run --logical-date ${run.timestamp}', does it again`,
    );
    return exitCodes.success;
  },
};
