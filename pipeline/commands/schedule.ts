import { dueRun, nextDueAt } from '../../tasks/artifacts/run-dates.ts';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import { createLog } from '../../tasks/runtime/log.ts';
import { type Command, parseCommandLine } from './command.ts';
import { executorHelp, executorNamed, executorOption } from './executor-option.ts';
import { leadRun } from './lead-run.ts';
import { openPipeline } from './wiring.ts';

export const schedule: Command = {
  usage: 'schedule [--executor local|kubernetes]',
  summary: 'lead the run that is due, if there is one: what a CronJob calls',
  details: `${executorHelp}

  Calling it again and again is harmless: a run that is done, or has failed, is not started again.`,
  example: 'npm run pipeline -- schedule',
  async execute(args, { environment, signal }) {
    const { values } = parseCommandLine(args, executorOption);
    const executor = executorNamed(values.executor, environment);
    const pipeline = await openPipeline(environment);
    const log = createLog(pipeline.settings.LOG_FORMAT, {});
    const now = new Date();
    const run = dueRun(now);
    const code = run ? await leadRun(pipeline, executor, run, false, signal) : exitCodes.success;
    log.info(`${run ? '' : 'nothing is due; '}the next run is due at ${nextDueAt(now).toISOString()}`);
    return code;
  },
};
