import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createLog, type Log } from '../../tasks/runtime/log.ts';
import { connectDatabase } from '../../tasks/runtime/postgres/database.ts';
import { creditDefaultDag } from '../credit-default-dag.ts';
import { startEmbeddedPostgres } from '../demo/embedded-postgres.ts';
import { seedLoans } from '../demo/seed-loans.ts';
import { type Command, parseCommandLine, wholeNumberOption } from './command.ts';
import { executeRun } from './execute-run.ts';
import { runWanted } from './run.ts';
import { openPipeline } from './wiring.ts';

const seed = 42;

export const start: Command = {
  usage: 'start [--logical-date D | --manual] [--rows N] [--data DIR]',
  summary: 'the whole pipeline on embedded parts: PostgreSQL and a directory as the artifact store',
  details: `  --logical-date D   the run of this date (default: the latest run that is due)
  --manual           a new run, dated now
  --rows N           how many loans to make up on first use (default: 2000)
  --data DIR         where everything is kept (default: .data)`,
  example: 'npm start -- --manual',
  async execute(args, { environment, signal, surroundings }) {
    const { values } = parseCommandLine(args, {
      'logical-date': { type: 'string' },
      manual: { type: 'boolean' },
      rows: { type: 'string', default: '2000' },
      data: { type: 'string', default: '.data' },
    });
    const rows = wholeNumberOption('rows', values.rows, 1);
    const request = { logicalDate: values['logical-date'], isManual: values.manual };
    const run = runWanted(creditDefaultDag.schedule, request, surroundings.clock());
    const data = resolve(values.data);
    const log = createLog('text', {});
    log.info(`PostgreSQL starts in ${join(data, 'postgres')}`);
    const postgres = await startEmbeddedPostgres(join(data, 'postgres'), log.info);
    try {
      await seedOnFirstUse(postgres.url, rows, log, signal);
      const pipeline = await openPipeline(
        {
          ...environment,
          S3_BUCKET: undefined,
          ARTIFACT_STORE: pathToFileURL(join(data, 'artifacts')).href,
          DATABASE_URL: postgres.url,
          LOANS_TABLE: undefined,
        },
        surroundings,
      );
      return await executeRun(pipeline, 'local', run, false, signal);
    } finally {
      await postgres.stop();
    }
  },
};

async function seedOnFirstUse(url: string, rows: number, log: Log, signal: AbortSignal): Promise<void> {
  const client = await connectDatabase({ DATABASE_URL: url }, {}, signal);
  try {
    const { hasChanged, summary } = await seedLoans(client, { table: 'loans', rows, seed });
    if (hasChanged) log.info(summary);
  } finally {
    await client.end();
  }
}
