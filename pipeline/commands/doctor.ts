import { randomUUID } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { styleText } from 'node:util';
import { refuseUnconditionalStore } from '../../tasks/artifacts/stores/conditional-writes.ts';
import type { ObjectStore } from '../../tasks/artifacts/stores/object-store.ts';
import { openStore } from '../../tasks/artifacts/stores/open-store.ts';
import { MissingBucket } from '../../tasks/artifacts/stores/store-errors.ts';
import { BadInput, UsageError } from '../../tasks/runtime/errors.ts';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import { wrap } from '../../tasks/runtime/wrap.ts';
import { isUnconfigured } from '../demo/local-data.ts';
import { ChampionStore, restoringAdvice } from '../models/champion-store.ts';
import { type PipelineSettings, readPipelineSettings } from '../settings/pipeline-settings.ts';
import { checkCluster, isClusterConfigured } from './check-cluster.ts';
import { checkLoans } from './check-loans.ts';
import { examineMonitoring } from './check-monitoring.ts';
import { type Command, type CommandContext, parseCommandLine } from './command.ts';
import { check, type Finding } from './finding.ts';

export const doctor: Command = {
  usage: 'doctor [--json]',
  details: '  --json   for programs',
  summary: 'check settings, database, store and cluster: what is wrong, and what to do',
  example: 'npx pipeline doctor',
  needs: 'database',
  async execute(args, context) {
    const { values } = parseCommandLine(args, { json: { type: 'boolean' } });
    const findings = await examine(context);
    process.stdout.write(values.json ? `${JSON.stringify(findings, null, 2)}\n` : findings.map(lineOf).join(''));
    return findings.every(({ isWell }) => isWell) ? exitCodes.success : exitCodes.runFailed;
  },
};

const onDefaults =
  "neither store nor database is configured: what follows is about the defaults ('npm start' needs neither)";

async function examine({ environment, surroundings }: CommandContext): Promise<Finding[]> {
  const settings = await check(
    'settings',
    () => readPipelineSettings(environment),
    ({ DAG_ID }) => `DAG ${DAG_ID}${isUnconfigured(environment) ? `; ${onDefaults}` : ''}`,
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
      isTasksAlone(environment)
        ? 'not checked from here: only the tasks have it'
        : checkLoans(known, environment, surroundings.clock()),
    (found) => found,
  );
  const others = [...(await examineMonitoring(known)), ...(await examineCluster(environment))];
  const { value } = store;
  if (!value) return [settings.finding, store.finding, database.finding, ...others];
  const conditional = await check(
    'conditional writes',
    () => probeConditionalWrites(value, known.DAG_ID),
    (found) => found,
  );
  const champion = await check(
    'champion',
    () => examineChampion(value, known.DAG_ID),
    (found) => found,
  );
  const shown = champion.value === '' ? [] : [champion.finding];
  return [settings.finding, store.finding, conditional.finding, ...shown, database.finding, ...others];
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

async function reachableStore(settings: PipelineSettings): Promise<ObjectStore> {
  const store = await openStore(settings);
  // only looks: the next check reports a missing bucket, and the first run creates it
  await store.head('doctor');
  return store;
}

/** Empty where there is none yet. */
async function examineChampion(store: ObjectStore, dagId: string): Promise<string> {
  const champions = new ChampionStore(store, dagId);
  const champion = await champions.read();
  const fault = champion && (await champions.findFault(champion));
  if (fault) throw new BadInput(`${fault}: ${restoringAdvice(champion)}`);
  return champion ? `the model of ${champion.runId}, as it was promoted` : '';
}

async function probeConditionalWrites(store: ObjectStore, dagId: string): Promise<string> {
  const key = `${dagId}/doctor/${randomUUID()}`;
  const bytes = Buffer.from('probe');
  try {
    await store.put(key, bytes);
    await refuseUnconditionalStore(store, key, bytes);
    return 'supported';
  } catch (error) {
    if (!(error instanceof MissingBucket)) throw error;
    const place = store.url.startsWith('file:') ? await missingDirectory(fileURLToPath(store.url)) : 'the bucket';
    return `not checked: ${place} is missing, and the first run creates it`;
  } finally {
    await store.delete(key);
  }
}

/** @throws UsageError when this user cannot make it */
async function missingDirectory(path: string): Promise<string> {
  let parent = dirname(path);
  while (!existsSync(parent)) parent = dirname(parent);
  await access(parent, constants.W_OK).catch(() => {
    throw new UsageError([`${path} is missing, and this user may not make it in ${parent}: change its owner or mode`]);
  });
  return path;
}

function lineOf({ checked, isWell, isAbsent, found }: Finding): string {
  const mark = isAbsent ? '–' : isWell ? styleText('green', '✔') : styleText('red', '✘');
  const indent = ' '.repeat(22);
  // whole lines where they are searched, folded ones where they are read
  const width = process.stdout.columns || Number.POSITIVE_INFINITY;
  return found
    .split('\n')
    .map((line) => `${mark} ${checked.padEnd(19)} ${wrap(line, width, indent).trimStart()}`)
    .join('');
}
