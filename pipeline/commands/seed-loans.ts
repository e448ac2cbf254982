import { UsageError } from '../../tasks/runtime/errors.ts';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import { connectDatabase } from '../../tasks/runtime/postgres/database.ts';
import { progressLog } from '../../tasks/runtime/progress-log.ts';
import { seedLoans } from '../demo/seed-loans.ts';
import { readPipelineSettings } from '../settings/pipeline-settings.ts';
import { type Command, parseCommandLine, print, wholeNumberOption } from './command.ts';

export const seedLoansCommand: Command = {
  usage: 'seed-loans [--rows N] [--seed S] [--replace]',
  summary: 'create the loans table and fill it with plausible, reproducible loans',
  details: `  --rows N    how many (default: 2000)
  --seed S    another seed makes other loans (default: 42)
  --replace   instead of the loans that the table holds`,
  example: 'npx pipeline seed-loans --rows 100000',
  needs: 'database',
  async execute(args, { environment, signal, surroundings }) {
    const { values } = parseCommandLine(args, {
      rows: { type: 'string', default: '2000' },
      seed: { type: 'string', default: '42' },
      replace: { type: 'boolean', default: false },
    });
    const rows = wholeNumberOption('rows', values.rows, 1);
    const seed = wholeNumberOption('seed', values.seed, 0);
    const settings = readPipelineSettings(environment);
    const { LOANS_TABLE: table } = settings;
    if (table === undefined) throw new UsageError(['seed-loans makes the loans of the article: unset DATASET']);
    const client = await connectDatabase(settings, environment, signal);
    try {
      const report = progressLog(surroundings.createLog(settings.LOG_FORMAT, []));
      const progress = (done: number) => report({ done, total: rows, unit: 'rows' });
      const wanted = { table, rows, seed, replace: values.replace, progress };
      const { hasChanged, summary } = await seedLoans(client, wanted);
      print(summary);
      if (hasChanged)
        print("a run that is done keeps what it fetched: 'npx pipeline run --force' fetches again", process.stderr);
      return exitCodes.success;
    } finally {
      await client.end();
    }
  },
};
