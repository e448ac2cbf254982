import {
  dueRun,
  InvalidLogicalDate,
  manualRun,
  type Run,
  runOf,
  type Schedule,
} from '../../tasks/artifacts/run-dates.ts';
import { UsageError } from '../../tasks/runtime/errors.ts';
import { type Command, parseCommandLine } from './command.ts';
import { executeRun } from './execute-run.ts';
import { executorHelp, executorNamed, executorOption } from './executor-option.ts';
import { openPipeline } from './wiring.ts';

export const run: Command = {
  usage: 'run [--logical-date D | --manual] [--executor E] [--force]',
  summary: 'take one run to its end',
  details: `  --logical-date D   the run of this date (default: the latest run that is due);
                     off the schedule, a manual run
  --manual           a new run, dated now
${executorHelp}
  --force            clear the run first, so that every task is done again`,
  example: 'npx pipeline run --logical-date 2024-01-01',
  needs: 'database',
  async execute(args, { environment, signal, surroundings }) {
    const { values } = parseCommandLine(args, {
      'logical-date': { type: 'string' },
      manual: { type: 'boolean' },
      force: { type: 'boolean' },
      ...executorOption,
    });
    const executor = executorNamed(values.executor, environment);
    const pipeline = await openPipeline(environment, surroundings);
    const request = { logicalDate: values['logical-date'], isManual: values.manual };
    const wanted = runWanted(pipeline.dag.schedule, request, surroundings.clock());
    return executeRun(pipeline, executor, wanted, values.force ?? false, signal);
  },
};

/** By default the latest run that is due. */
export interface RunRequest {
  readonly logicalDate?: string | undefined;
  readonly isManual?: boolean | undefined;
}

/** @throws InvalidLogicalDate, and UsageError when both are given */
export function runWanted(schedule: Schedule, { logicalDate, isManual }: RunRequest, now: Date): Run {
  if (logicalDate !== undefined && isManual)
    throw new UsageError(['--logical-date and --manual exclude each other: give one']);
  if (logicalDate !== undefined) return runOf(schedule, logicalDate, now);
  const wanted = isManual ? manualRun(schedule, now) : dueRun(schedule, now);
  if (!wanted) throw new InvalidLogicalDate('no run is due yet: give --manual for a run of its own');
  return wanted;
}
