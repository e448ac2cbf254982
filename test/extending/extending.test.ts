import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { decodeModel } from '../../tasks/model/decode-model.ts';
import { logicalDate, quickSettings } from '../support/pipeline-command.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { seedTestLoans } from '../support/seed-test-loans.ts';
import { clusterEnvironment } from '../support/test-cluster.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const execute = promisify(execFile);
const dagKey = 'credit_default_pipeline';

/** Files to change, as what stands there and what stands there then; a whole text makes a new file. */
type Change = Readonly<Record<string, string | readonly (readonly [string, string])[]>>;

/** A copy of the product with a change, and a store of its own. */
class ChangedProduct {
  readonly #directory: string;
  readonly #environment: Readonly<Record<string, string>>;

  private constructor(directory: string, environment: Readonly<Record<string, string>>) {
    this.#directory = directory;
    this.#environment = environment;
  }

  static async create(change: Change, databaseUrl: string): Promise<ChangedProduct> {
    const directory = await mkdtemp(join(tmpdir(), 'changed-'));
    for (const part of ['pipeline', 'tasks', 'package.json', 'tsconfig.json'])
      await cp(join(root, part), join(directory, part), { recursive: true });
    await symlink(join(root, 'node_modules'), join(directory, 'node_modules'));
    for (const [path, edits] of Object.entries(change)) await edit(join(directory, path), edits);
    const store = `file://${join(directory, 'store')}`;
    return new ChangedProduct(directory, { ARTIFACT_STORE: store, DATABASE_URL: databaseUrl });
  }

  /** A command of the pipeline, or another entrypoint. */
  async run(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    entrypoint = 'pipeline/cli.ts',
  ) {
    const env = { ...process.env, ...quickSettings, ...this.#environment, ...environment };
    return execute(process.execPath, [join(this.#directory, entrypoint), ...args], { env }).catch((error) => error);
  }

  async stateOf(): Promise<Record<string, string>> {
    const { stdout } = await this.run(['status', logicalDate, '--json']);
    const tasks: { taskId: string; state: string; attempts: unknown[] }[] = JSON.parse(stdout).tasks;
    return Object.fromEntries(tasks.map(({ taskId, state, attempts }) => [taskId, `${state} ${attempts.length}`]));
  }

  read(key: string): Promise<Buffer> {
    return readFile(join(this.#directory, 'store', dagKey, key));
  }

  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function edit(path: string, edits: Change[string]): Promise<void> {
  if (typeof edits === 'string') return writeFile(path, edits);
  let text = await readFile(path, 'utf8');
  for (const [before, afterwards] of edits) {
    assert(text.includes(before), `${path} has no ${before}`);
    text = text.replace(before, afterwards);
  }
  await writeFile(path, text);
}

const fifthTask: Change = {
  'tasks/artifacts/catalogue.ts': [
    [
      "  evaluate_model: {\n    entrypoint: 'evaluate-model',",
      `  score_loans: {
    entrypoint: 'score-loans',
    scratch: '.parts/',
    outputs: { scores: { suffix: '.csv', contentType: 'text/csv', reads: ['metrics'] } },
  },
  evaluate_model: {\n    entrypoint: 'evaluate-model',`,
    ],
  ],
  'tasks/score-loans.ts': `
import { runTask } from './runtime/run-task.ts';
import type { Task } from './runtime/task.ts';

export const scoreLoans: Task = {
  taskId: 'score_loans',
  summary: 'Scores the loans.',
  async run({ artifacts }) {
    const metrics = await Array.fromAsync(await artifacts.read('metrics'));
    await artifacts.publish('scores', metrics);
  },
};

if (import.meta.main) await runTask(scoreLoans);
`,
};

const decidingSetting: Change = {
  'tasks/runtime/settings.ts': [
    [
      '  N_ESTIMATORS: setting(',
      "  CRITERION_WEIGHT: setting('Made up.', wholeNumber(1, 9).default(3), { decides: ['model'] }),\n  N_ESTIMATORS: setting(",
    ],
  ],
  'tasks/train-model.ts': [
    ["log.info('loans read', { rows: loans.rows });", "log.info('weight', { weight: settings.CRITERION_WEIGHT });"],
  ],
};

const output: Change = {
  'tasks/artifacts/catalogue.ts': [
    [
      "      metrics: { suffix: '_metrics.txt'",
      "      summary: { suffix: '_summary.txt', contentType: 'text/plain', ...evaluated },\n      metrics: { suffix: '_metrics.txt'",
    ],
  ],
  'tasks/evaluate-model.ts': [
    [
      "      await artifacts.publish('report',",
      "      await artifacts.publish('summary', [Buffer.from(String(metrics.accuracy))]);\n      await artifacts.publish('report',",
    ],
  ],
};

const weekly: Change = { 'pipeline/credit-default-dag.ts': [['everyDays: 10', 'everyDays: 7']] };

describe('a change of the product', () => {
  let postgres: TestPostgres;
  const products: ChangedProduct[] = [];

  before(async () => {
    postgres = await startPostgres();
    await seedTestLoans(postgres.url, 400);
  });

  after(async () => {
    await postgres.stop();
    for (const product of products) await product.remove();
  });

  async function changed(change: Change, files: number): Promise<ChangedProduct> {
    assert.equal(Object.keys(change).length, files);
    const product = await ChangedProduct.create(change, postgres.url);
    products.push(product);
    return product;
  }

  it('that adds a task touches two files, and the task runs after those that it reads from', async () => {
    const product = await changed(fifthTask, 2);
    const { stderr: log } = await product.run(['run', '--logical-date', logicalDate]);
    assert.match(log, /score_loans attempt 1 succeeded/);
    assert.equal((await product.stateOf()).score_loans, 'success 1');
    assert.deepEqual(
      await product.read('score_loans/20240101T000000.csv'),
      await product.read('evaluate_model/20240101T000000_metrics.txt'),
    );
    const missing = await product.run(['manifests', '--logical-date', logicalDate], clusterEnvironment);
    assert.match(missing.stderr, /^IMAGE_SCORE_LOANS must be set/m);
    const image = { ...clusterEnvironment, IMAGE_SCORE_LOANS: 'test/score-loans' };
    const { stdout: manifests } = await product.run(['manifests', '--logical-date', logicalDate], image);
    assert.match(manifests, /image: test\/score-loans/);
    await product.run(['clear', logicalDate, '--task', 'evaluate_model', '--downstream', '--force']);
    assert.equal((await product.stateOf()).score_loans, 'none 1');
  });

  it('that adds a deciding setting touches two files, and a new value trains again', async () => {
    const product = await changed(decidingSetting, 2);
    const run = ['run', '--logical-date', logicalDate];
    const { stderr: log } = await product.run(run);
    assert.match(log, /succeeded/);
    const marker = JSON.parse(String(await product.read('train_model/20240101T000000.onnx.SUCCESS')));
    assert.equal(marker.parameters.CRITERION_WEIGHT, 3);
    await product.run(run, { CRITERION_WEIGHT: '4' });
    const states = await product.stateOf();
    assert.deepEqual([states.fetch_data, states.train_model], ['success 1', 'success 2']);
    const { metadata } = decodeModel(await product.read('train_model/20240101T000000.onnx'));
    assert.equal(metadata.criterion_weight, '4');
    const cluster = { ...clusterEnvironment, CRITERION_WEIGHT: '5' };
    const { stdout: manifests } = await product.run(['manifests', '--logical-date', logicalDate], cluster);
    assert.match(manifests, /name: CRITERION_WEIGHT\n +value: '5'/);
  });

  it('that adds an output of a task touches two files', async () => {
    const product = await changed(output, 2);
    const { stdout, stderr } = await product.run(['run', '--logical-date', logicalDate]);
    assert.match(stdout, /_summary\.txt/, stderr);
    await product.read('evaluate_model/20240101T000000_summary.txt.SUCCESS');
  });

  it('of the interval in the DAG file moves what is due, for the pipeline and for a task alone', async () => {
    const product = await changed(weekly, 1);
    const { stderr: log } = await product.run(['run', '--logical-date', '2024-01-08']);
    assert.match(log, /run scheduled__2024-01-08T00:00:00\+00:00 succeeded/);
    const { stderr: scheduled } = await product.run(['schedule']);
    const [, next = ''] = /the next run is due at (\S+)/.exec(scheduled) ?? [];
    assert.equal((Date.parse(next) - Date.parse('2024-01-01T00:00:00Z')) % (7 * 86_400_000), 0);
    const { stdout: alone } = await product.run([], {}, 'tasks/create-bucket.ts');
    const [, date = ''] = /scheduled__(\S+),/.exec(alone) ?? [];
    assert.equal(Date.parse(date), Date.parse(next) - 14 * 86_400_000);
  });
});
