import { dueRun, InvalidLogicalDate, manualRun, type Run, runOf } from '../../tasks/artifacts/run-dates.ts';
import { UsageError } from '../../tasks/runtime/errors.ts';
import { type Command, parseCommandLine } from './command.ts';
import { executorHelp, executorNamed, executorOption } from './executor-option.ts';
import { leadRun } from './lead-run.ts';
import { openPipeline } from './wiring.ts';

export const run: Command = {
  usage: 'run [--logical-date D | --manual] [--executor local|kubernetes] [--force]',
  summary: 'lead one run to its end',
  details: `  --logical-date D   the run of this date (default: the latest run that is due)
  --manual           a new run, dated now
${executorHelp}
  --force            clear the run first, so that every task is done again`,
  example: 'npm run pipeline -- run --logical-date 2024-01-01',
  async execute(args, { environment, signal }) {
    const { values } = parseCommandLine(args, {
      'logical-date': { type: 'string' },
      manual: { type: 'boolean' },
      force: { type: 'boolean' },
      ...executorOption,
    });
    const executor = executorNamed(values.executor, environment);
    const pipeline = await openPipeline(environment);
    const wanted = runWanted(values['logical-date'], values.manual ?? false, new Date());
    return leadRun(pipeline, executor, wanted, values.force ?? false, signal);
  },
};

/** @throws InvalidLogicalDate, and UsageError when both are given */
export function runWanted(logicalDate: string | undefined, isManual: boolean, now: Date): Run {
  if (logicalDate !== undefined && isManual)
    throw new UsageError(['--logical-date and --manual exclude each other: give one']);
  if (logicalDate !== undefined) return runOf(logicalDate, now);
  const wanted = isManual ? manualRun(now) : dueRun(now);
  if (!wanted) throw new InvalidLogicalDate('no run is due yet: give --manual for a run of its own');
  return wanted;
}
