import type { Environment } from '../../tasks/runtime/environment.ts';
import { UsageError } from '../../tasks/runtime/errors.ts';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import { connectDatabase } from '../../tasks/runtime/postgres/database.ts';
import { type PipelineSettings, readPipelineSettings } from '../settings/pipeline-settings.ts';
import { checkLoans } from './check-loans.ts';
import { type Command, type CommandContext, parseCommandLine } from './command.ts';
import { describeTable } from './describe-table.ts';

export const dataset: Command = {
  usage: 'dataset [FILE] [--check] | dataset --from-table T',
  summary: 'show what the loans are, check it, or describe a table of your own',
  details: `  FILE             another dataset than that of DATASET
  --check          every fault of it, and of its table
  --from-table T   write the dataset of a table: its columns, types and ranges`,
  example: 'npx pipeline dataset --from-table risk.applications > dataset.yaml',
  needs: 'database',
  async execute(args, context) {
    const options = { check: { type: 'boolean' }, 'from-table': { type: 'string' } } as const;
    const { values, operands } = parseCommandLine(args, options, ['FILE'], 0);
    const [file] = operands;
    const table = values['from-table'];
    if (file === '') throw new UsageError(['FILE must name a file, found ""']);
    if (table !== undefined && (file !== undefined || values.check))
      throw new UsageError(['--from-table writes a dataset of its own: give neither FILE nor --check']);
    if (table !== undefined) return write(await described(table, context));
    const environment = file === undefined ? context.environment : { ...context.environment, DATASET: file };
    const settings = settingsOn(environment, file ?? 'DATASET');
    if (!values.check) return write(`${JSON.stringify(settings.DATASET.spec, null, 2)}\n`);
    return write(`${await checkLoans(settings, environment, context.surroundings.clock())}\n`);
  },
};

/** A fault of the dataset is that of the file, where one is given. */
function settingsOn(environment: Environment, name: string): PipelineSettings {
  try {
    return readPipelineSettings(environment);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(error.faults.map((fault) => fault.replace(/^DATASET /, () => `${name} `)));
  }
}

async function described(table: string, { environment, signal }: CommandContext): Promise<string> {
  const database = await connectDatabase(readPipelineSettings(environment), environment, signal);
  try {
    return await describeTable(database, table);
  } finally {
    await database.end();
  }
}

function write(text: string): number {
  process.stdout.write(text);
  return exitCodes.success;
}
