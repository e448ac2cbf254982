import { mkdir, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { wholeNumberOption } from '../../pipeline/commands/command.ts';
import { creditDefaultDag } from '../../pipeline/credit-default-dag.ts';
import { defaultData, withLocalServices } from '../../pipeline/demo/local-data.ts';
import { seedLoans } from '../../pipeline/demo/seed-loans.ts';
import { pipelineSettings } from '../../pipeline/settings/pipeline-settings.ts';
import { messageOf } from '../../tasks/artifacts/message-of.ts';
import { dueRun } from '../../tasks/artifacts/run-dates.ts';
import { connectDatabase } from '../../tasks/runtime/postgres/database.ts';
import { childrenOf, type PipelineCommand, startCommand } from '../support/pipeline-command.ts';

const usage = `npm run demo-history -- [--runs N] [--data DIR]       (default: .demo)
makes a history of real runs, with failures, retries and kills, to look at:
npx pipeline status, npx pipeline ui`;

type Settings = Readonly<Record<string, string>>;

/** What happens in a run; most have nothing of it. */
interface Incident {
  readonly settings?: Settings;
  readonly act?: (run: PipelineCommand, store: string) => Promise<void>;
  /** Whether the run is taken up again after it. */
  readonly isResumed?: boolean;
}

/** By how many runs before the latest. */
const incidents: Readonly<Record<number, Incident>> = {
  3: { act: (run) => signalTask(run, 'train_model', 'train-model', 'SIGTERM') },
  6: { act: (run) => signalTask(run, 'fetch_data', 'fetch-data', 'SIGKILL') },
  8: { settings: { LOANS_TABLE: 'loans_of_2022' } },
  11: { act: killOrchestrator, isResumed: true },
  14: {
    settings: { N_ESTIMATORS: '600' },
    act: async (run, store) => {
      await untilCheckpoints(store);
      await signalTask(run, 'train_model', 'train-model', 'SIGKILL');
      await signalTask(run, 'evaluate_model', 'evaluate-model', 'SIGTERM');
    },
  },
  17: { settings: { DATABASE_URL: 'postgres://127.0.0.1:1/credit_db', RETRIES: '2' } },
  21: { act: (run) => signalTask(run, 'create_s3_bucket', 'create-bucket', 'SIGKILL') },
  24: { settings: { MAX_DEPTH: '2' } },
};

async function makeHistory(runs: number, data: string): Promise<void> {
  const { schedule } = creditDefaultDag;
  const due = dueRun(schedule, new Date());
  if (!due) throw new Error('no run is due yet');
  await mkdir(join(data, 'artifacts'), { recursive: true });
  await withLocalServices(process.env, data, say, async (local) => {
    for (let back = runs - 1; back >= 0; back--) {
      const date = new Date(due.logicalDate.getTime() - back * schedule.everyDays * 86_400_000);
      await growLoans(local.DATABASE_URL ?? '', 6000 + 300 * (runs - back));
      const settings = { ARTIFACT_STORE: local.ARTIFACT_STORE ?? '', DATABASE_URL: local.DATABASE_URL ?? '' };
      say(
        `${date.toISOString().slice(0, 10)} ${await takeRun(`${date.toISOString().slice(0, 19)}Z`, settings, incidents[back] ?? {})}`,
      );
    }
  });
  const store = data === resolve(defaultData) ? '' : `ARTIFACT_STORE=${pathToFileURL(join(data, 'artifacts'))} `;
  say(`look at it: ${store}npx pipeline status, or ${join(data, 'artifacts/credit_default_pipeline/index.html')}`);
}

async function takeRun(date: string, settings: Settings, incident: Incident): Promise<string> {
  const environment = { N_ESTIMATORS: '40', RETRY_DELAY_SECONDS: '1', CHECKPOINT_AFTER_SECONDS: '0', ...settings };
  const args = ['run', '--logical-date', date];
  const run = startCommand(args, { ...environment, ...incident.settings });
  await incident.act?.(run, fileURLToPath(settings.ARTIFACT_STORE ?? ''));
  if (!incident.isResumed) return endOf(run);
  await run.ended;
  return `${await endOf(startCommand(args, environment))}, taken up again`;
}

/** Why a run failed is the first of its errors. */
async function endOf({ ended, said }: PipelineCommand): Promise<string> {
  const code = await ended;
  const [, reason = said().trim()] = /^\S+ ERROR (.*)/m.exec(said()) ?? [];
  return `ended with ${code}${code === 0 ? '' : `: ${reason}`}`;
}

/** The rows that are there stay the same, and more follow. */
async function growLoans(url: string, rows: number): Promise<void> {
  const database = await connectDatabase({ DATABASE_URL: url }, {}, AbortSignal.timeout(60_000));
  try {
    await seedLoans(database, { table: 'loans', rows, seed: 42, replace: true });
  } finally {
    await database.end();
  }
}

/** As soon as its process is there. */
async function signalTask(
  run: PipelineCommand,
  taskId: string,
  entrypoint: string,
  signal: NodeJS.Signals,
): Promise<void> {
  await run.until(new RegExp(`${taskId} attempt 1 runs`));
  for (const pid of await childrenOf(run.child.pid ?? 0, entrypoint)) process.kill(pid, signal);
}

/** Until a training has kept some of its trees. */
async function untilCheckpoints(store: string): Promise<void> {
  for (;;) {
    const keys = await readdir(join(store, 'credit_default_pipeline/train_model'), { recursive: true }).catch(() => []);
    if (keys.some((key) => /\.blocks\/\w+\/\d+-\d+$/.test(key))) return;
    await sleep(20);
  }
}

async function killOrchestrator(run: PipelineCommand): Promise<void> {
  await run.until(/train_model attempt 1 runs/);
  run.child.kill('SIGKILL');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '30' },
      // not where npm start keeps what is real
      data: { type: 'string', default: '.demo' },
      help: { type: 'boolean' },
    },
  });
  // settings of the environment must not change the history
  for (const name of Object.keys(pipelineSettings.shape)) delete process.env[name];
  if (values.help) say(usage);
  else await makeHistory(wholeNumberOption('runs', values.runs, 1), resolve(values.data));
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
