import { join, resolve } from 'node:path';
import { makeDirectory } from '../../tasks/artifacts/stores/directory/make-directory.ts';
import type { Environment } from '../../tasks/runtime/environment.ts';
import { Stopped, UsageError } from '../../tasks/runtime/errors.ts';
import type { Log } from '../../tasks/runtime/log.ts';
import { connectDatabase } from '../../tasks/runtime/postgres/database.ts';
import { creditDefaultDag } from '../credit-default-dag.ts';
import { defaultData, removeLocalData, withLocalServices } from '../demo/local-data.ts';
import { seedLoans } from '../demo/seed-loans.ts';
import { readPipelineSettings } from '../settings/pipeline-settings.ts';
import { type Command, parseCommandLine, wholeNumberOption } from './command.ts';
import { executeRun } from './execute-run.ts';
import { mappedLog } from './mapped-log.ts';
import { runWanted } from './run.ts';
import { openPipeline, type Surroundings } from './wiring.ts';

const seed = 42;

/** It brings these along, so that a setting for them would be ignored. */
const refused = [
  'DATABASE_URL',
  'PGHOST',
  'PGPORT',
  'POSTGRES_DATABASE',
  'S3_BUCKET',
  'ARTIFACT_STORE',
  'DATASET',
  'LOANS_TABLE',
] as const;

export const start: Command = {
  usage: 'start [--logical-date D | --manual] [--rows N] [--data DIR] [OPTIONS]',
  summary: 'the whole pipeline on an embedded PostgreSQL and a store in a directory',
  details: `  --logical-date D   the run of this date (default: the latest run that is due);
                     off the schedule, a manual run
  --manual           a new run, dated now
  --rows N           how many loans to make up on first use (default: 2000)
  --data DIR         where everything is kept (default: ${defaultData})
  --force            clear the run first, so that every task is done again
  --reset            remove what earlier starts have made in DIR first`,
  example: 'npm start -- --manual',
  needs: 'nothing',
  async execute(args, { environment, signal, surroundings }) {
    const { values } = parseCommandLine(args, {
      'logical-date': { type: 'string' },
      manual: { type: 'boolean' },
      rows: { type: 'string' },
      data: { type: 'string', default: defaultData },
      force: { type: 'boolean' },
      reset: { type: 'boolean' },
    });
    refuseSwallowed(environment);
    const rows = wholeNumberOption('rows', values.rows ?? '2000', 1);
    const request = { logicalDate: values['logical-date'], isManual: values.manual };
    const run = runWanted(creditDefaultDag.schedule, request, surroundings.clock());
    refuseSettings(environment);
    if (values.data === '') throw new UsageError(['--data must name a directory, found ""']);
    const data = resolve(values.data);
    const log = surroundings.createLog(readPipelineSettings(environment).LOG_FORMAT, []);
    if (values.reset) log.info(`removed ${(await removeLocalData(data)).join(' and ')}`);
    await makeDirectory(join(data, 'artifacts'));
    log.info(`PostgreSQL starts in ${join(data, 'postgres')}`);
    return withLocalServices(environment, data, log.info, async (local) => {
      const isSeeded = await seedOnFirstUse(local.DATABASE_URL ?? '', rows, log, signal);
      if (!isSeeded && values.rows)
        log.warn('--rows changes nothing: the loans are there; --reset starts from nothing');
      const advise = data === resolve(defaultData) ? (text: string) => text : adviceElsewhere(data, local);
      const createLog: Surroundings['createLog'] = (...parts) => mappedLog(surroundings.createLog(...parts), advise);
      const pipeline = await openPipeline(local, { ...surroundings, createLog });
      try {
        return await executeRun(pipeline, 'local', run, values.force ?? false, signal);
      } catch (error) {
        throw error instanceof Stopped ? new Stopped(advise(error.message)) : error;
      }
    });
  },
};

/** Where what is made does not lie where other commands look, what to type next names it. */
function adviceElsewhere(data: string, { ARTIFACT_STORE }: Environment): (text: string) => string {
  return (text) =>
    text
      .replaceAll("'npx pipeline run ", `'npm start -- --data ${data} `)
      .replaceAll("'npx pipeline ", `'ARTIFACT_STORE=${ARTIFACT_STORE} npx pipeline `);
}

/** npm takes options that stand before `--` for its own, and passes them on by another way. */
function refuseSwallowed(environment: Environment): void {
  const options = ['manual', 'force', 'reset', 'rows', 'data', 'logical-date'];
  const swallowed = options.filter((name) => environment[`npm_config_${name.replaceAll('-', '_')}`]);
  if (environment.npm_lifecycle_event === 'start' && swallowed.length > 0)
    throw new UsageError(
      swallowed.map((name) => `npm keeps --${name} to itself: 'npm start -- --${name}' passes it on`),
    );
}

function refuseSettings(environment: Environment): void {
  const given = refused.filter((name) => environment[name]);
  const advice = "'start' brings its own database and store: unset it, or use 'run'";
  if (given.length > 0) throw new UsageError(given.map((name) => `${name} is set, and ${advice}`));
}

async function seedOnFirstUse(url: string, rows: number, log: Log, signal: AbortSignal): Promise<boolean> {
  const client = await connectDatabase({ DATABASE_URL: url }, {}, signal);
  try {
    const { hasChanged, summary } = await seedLoans(client, { table: 'loans', rows, seed });
    if (hasChanged) log.info(summary);
    return hasChanged;
  } finally {
    await client.end();
  }
}
