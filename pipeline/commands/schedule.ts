import { dueRun, nextDueAt, type Run } from '../../tasks/artifacts/run-dates.ts';
import { Stopped } from '../../tasks/runtime/errors.ts';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import { Heartbeat } from '../monitoring/heartbeat.ts';
import { LeaseTaken, type WhenHeld } from '../orchestrator/lease.ts';
import { type Command, parseCommandLine } from './command.ts';
import { executeRun } from './execute-run.ts';
import { executorHelp, executorNamed, executorOption } from './executor-option.ts';
import { monitor } from './monitor.ts';
import { type ExecutorKind, openPipeline, type Pipeline } from './wiring.ts';

export const schedule: Command = {
  usage: 'schedule [--standby] [--executor E]',
  summary: 'take the run that is due to its end, if there is one: what a CronJob calls',
  details: `  --standby          wait where another orchestrator leads the run, and go on
                     with it should that one die
${executorHelp}

  Repeating it is harmless: what is done, or has failed, is not started again.`,
  example: 'npx pipeline schedule',
  needs: 'database',
  async execute(args, { environment, signal, surroundings }) {
    const { values } = parseCommandLine(args, { standby: { type: 'boolean' }, ...executorOption });
    const whenHeld = values.standby ? 'wait' : 'refuse';
    const executor = executorNamed(values.executor, environment);
    const pipeline = await openPipeline(environment, surroundings);
    const { schedule } = pipeline.dag;
    const now = surroundings.clock();
    const run = dueRun(schedule, now);
    const code = run ? await executeDue(pipeline, executor, run, whenHeld, signal) : exitCodes.success;
    if (!run) await monitor(pipeline);
    const next = nextDueAt(schedule, now).toISOString();
    pipeline.log.info(`${run ? '' : 'nothing is due; '}the next run is due at ${next}`);
    return code;
  },
};

/**
 * A wake-up that finds another orchestrator at work has nothing to do. Only one that has seen the run published vouches
 * for it by its heartbeat.
 */
async function executeDue(
  pipeline: Pipeline,
  executor: ExecutorKind,
  run: Run,
  whenHeld: WhenHeld,
  signal: AbortSignal,
): Promise<number> {
  const heartbeat = new Heartbeat(pipeline.settings.HEARTBEAT_URL, pipeline.dag, run, pipeline.log);
  heartbeat.start();
  try {
    const code = await executeRun(pipeline, executor, run, false, signal, whenHeld);
    // neither well nor failed: the run waits for its data
    if (code === exitCodes.notReady) return exitCodes.success;
    await (code === exitCodes.success ? heartbeat.succeed() : heartbeat.fail());
    return code;
  } catch (error) {
    if (error instanceof LeaseTaken) {
      pipeline.log.info(`${error.message}: nothing to do`);
      return exitCodes.success;
    }
    if (!(error instanceof Stopped)) await heartbeat.fail();
    throw error;
  }
}
