import { randomUUID } from 'node:crypto';
import { styleText } from 'node:util';
import { messageOf } from '../../tasks/artifacts/message-of.ts';
import { refuseUnconditionalStore } from '../../tasks/artifacts/stores/conditional-writes.ts';
import type { ObjectStore } from '../../tasks/artifacts/stores/object-store.ts';
import { openStore } from '../../tasks/artifacts/stores/open-store.ts';
import { columnNames } from '../../tasks/loans/loan-columns.ts';
import { quotedTable } from '../../tasks/loans/loans-table.ts';
import { UsageError } from '../../tasks/runtime/errors.ts';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import { connectDatabase } from '../../tasks/runtime/postgres/database.ts';
import { type PipelineSettings, readPipelineSettings } from '../settings/pipeline-settings.ts';
import { checkCluster, isClusterConfigured } from './check-cluster.ts';
import { type Command, type CommandContext, parseCommandLine } from './command.ts';

interface Finding {
  readonly checked: string;
  readonly isWell: boolean;
  /** What was found, or what is wrong and what to do. */
  readonly found: string;
}

export const doctor: Command = {
  usage: 'doctor [--json]',
  summary: 'check settings, database, object store and rights in the cluster; say what is wrong and what to do',
  example: 'npm run pipeline -- doctor',
  async execute(args, context) {
    const { values } = parseCommandLine(args, { json: { type: 'boolean' } });
    const findings = await examine(context);
    process.stdout.write(values.json ? `${JSON.stringify(findings, null, 2)}\n` : findings.map(lineOf).join(''));
    return findings.every(({ isWell }) => isWell) ? exitCodes.success : exitCodes.runFailed;
  },
};

async function examine({ environment }: CommandContext): Promise<Finding[]> {
  const settings = await check(
    'settings',
    () => readPipelineSettings(environment),
    ({ DAG_ID }) => `DAG ${DAG_ID}`,
  );
  if (!settings.value) return [settings.finding];
  const known: PipelineSettings = settings.value;
  const store = await check(
    'object store',
    () => reachableStore(known),
    ({ url }) => `${url} is reachable`,
  );
  const database = await check(
    'database',
    () =>
      isTasksAlone(environment) ? 'not checked from here: only the tasks have it' : countLoans(known, environment),
    (found) => found,
  );
  const cluster = await examineCluster(environment);
  const { value } = store;
  if (!value) return [settings.finding, store.finding, database.finding, ...cluster];
  const conditional = await check(
    'conditional writes',
    () => probeConditionalWrites(value, known.DAG_ID),
    () => 'a second If-None-Match: * is refused',
  );
  return [settings.finding, store.finding, conditional.finding, database.finding, ...cluster];
}

/** In a pod of the orchestrator the database is not configured, on purpose. */
function isTasksAlone({ KUBERNETES_SERVICE_HOST, DATABASE_URL, PGHOST }: CommandContext['environment']): boolean {
  return Boolean(KUBERNETES_SERVICE_HOST) && !DATABASE_URL && !PGHOST;
}

async function examineCluster(environment: CommandContext['environment']): Promise<Finding[]> {
  if (!isClusterConfigured(environment)) return [];
  const { finding } = await check(
    'Kubernetes',
    () => checkCluster(environment),
    (found) => found,
  );
  return [finding];
}

async function check<T>(
  checked: string,
  examination: () => T | Promise<T>,
  describe: (value: T) => string,
): Promise<{ readonly finding: Finding; readonly value?: T }> {
  try {
    const value = await examination();
    return { finding: { checked, isWell: true, found: describe(value) }, value };
  } catch (error) {
    const faults = error instanceof UsageError ? error.faults : [messageOf(error)];
    return { finding: { checked, isWell: false, found: faults.join('\n') } };
  }
}

async function reachableStore(settings: PipelineSettings): Promise<ObjectStore> {
  const store = await openStore(settings);
  // only looks: the next check reports a missing bucket, and the first run creates it
  await store.head('doctor');
  return store;
}

async function probeConditionalWrites(store: ObjectStore, dagId: string): Promise<void> {
  const key = `${dagId}/doctor/${randomUUID()}`;
  const bytes = Buffer.from('probe');
  try {
    await store.put(key, bytes);
    await refuseUnconditionalStore(store, key, bytes);
  } finally {
    await store.delete(key);
  }
}

async function countLoans(settings: PipelineSettings, environment: CommandContext['environment']): Promise<string> {
  const client = await connectDatabase(settings, environment);
  try {
    const found = await client.query<{ table: string | null }>('SELECT to_regclass($1)::text AS table', [
      settings.LOANS_TABLE,
    ]);
    if (found.rows[0]?.table) {
      await client.query(`SELECT id, ${columnNames.join(', ')} FROM ${quotedTable(settings.LOANS_TABLE)} LIMIT 0`);
      return `table ${settings.LOANS_TABLE} can be read`;
    }
    throw new UsageError([
      `there is no table ${settings.LOANS_TABLE}: set LOANS_TABLE, or make one up with 'seed-loans'`,
    ]);
  } finally {
    await client.end();
  }
}

function lineOf({ checked, isWell, found }: Finding): string {
  const mark = isWell ? styleText('green', '✔') : styleText('red', '✘');
  return found
    .split('\n')
    .map((line) => `${mark} ${checked.padEnd(18)} ${line}\n`)
    .join('');
}
