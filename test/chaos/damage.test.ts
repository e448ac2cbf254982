import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { artifactHashes, logicalDate, runCommand } from '../support/pipeline-command.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { seedTestLoans } from '../support/seed-test-loans.ts';

const dag = 'credit_default_pipeline';
const timestamp = '20240101T000000';
const keys = [
  `${dag}/create_s3_bucket/${timestamp}.json`,
  `${dag}/fetch_data/${timestamp}.csv`,
  `${dag}/fetch_data/${timestamp}_profile.json`,
  `${dag}/train_model/${timestamp}_test.csv`,
  `${dag}/train_model/${timestamp}.onnx`,
  `${dag}/evaluate_model/${timestamp}_metrics.txt`,
  `${dag}/evaluate_model/${timestamp}_metrics.json`,
  `${dag}/evaluate_model/${timestamp}_report.html`,
];

describe('a finished run whose artifacts are damaged', () => {
  let postgres: TestPostgres;
  let store: string;
  let environment: Record<string, string>;
  let expected: Record<string, string>;

  before(async () => {
    store = await mkdtemp(join(tmpdir(), 'damage-'));
    postgres = await startPostgres();
    environment = { ARTIFACT_STORE: `file://${store}`, DATABASE_URL: postgres.url };
    await seedTestLoans(postgres.url, 400);
    await runAgain();
    expected = await artifactHashes(store);
  });

  after(async () => {
    await postgres.stop();
    await rm(store, { recursive: true, force: true });
  });

  /** The tasks that had an attempt, in order. */
  async function runAgain(): Promise<string[]> {
    const { code, said } = await runCommand(['run', '--logical-date', logicalDate], environment);
    assert.equal(code, 0, said);
    return [...said.matchAll(/(\w+) attempt \d+ succeeded/g)].map(([, task]) => task ?? '');
  }

  async function flipByte(key: string): Promise<void> {
    const bytes = await readFile(join(store, key));
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    await writeFile(join(store, key), bytes);
  }

  it('does nothing when nothing is wrong', async () => {
    assert.deepEqual(await runAgain(), []);
  });

  for (const key of keys) {
    const [, task] = key.split('/');

    it(`makes ${key} again when one byte of it changed, and only its own task runs`, async () => {
      await flipByte(key);
      assert.deepEqual(await runAgain(), [task]);
      assert.deepEqual(await artifactHashes(store), expected);
    });

    it(`runs only ${task} again when the marker of ${key} is deleted`, async () => {
      await rm(join(store, `${key}.SUCCESS`));
      assert.deepEqual(await runAgain(), [task]);
      assert.deepEqual(await artifactHashes(store), expected);
    });

    it(`notices a byte changed in the marker of ${key}, or is not misled by it`, async () => {
      await flipByte(`${key}.SUCCESS`);
      const ran = await runAgain();
      assert.ok(
        ran.every((name) => name === task),
        `${ran}`,
      );
      assert.deepEqual(await artifactHashes(store), expected);
    });
  }

  it('trusts a store that was copied, whose etags are all others', async () => {
    for (const key of keys) await writeFile(join(store, key), await readFile(join(store, key)));
    assert.deepEqual(await runAgain(), []);
  });

  it('runs what a changed setting decides, and what is made from that', async () => {
    const changed = { ...environment, N_ESTIMATORS: '6' };
    const { code, said } = await runCommand(['run', '--logical-date', logicalDate], changed);
    assert.equal(code, 0, said);
    assert.doesNotMatch(said, /fetch_data attempt/);
    assert.match(said, /train_model attempt \d+ succeeded[\s\S]*evaluate_model attempt \d+ succeeded/);
    assert.deepEqual(await runAgain(), ['train_model', 'evaluate_model']);
    assert.deepEqual(await artifactHashes(store), expected);
  });

  it('fetches again only after a clear, and then makes everything below again if the loans have changed', async () => {
    await postgres.query('UPDATE loans SET income = income + 1 WHERE id = 1');
    assert.deepEqual(await runAgain(), []);
    const cleared = await runCommand(['clear', logicalDate, '--task', 'fetch_data', '--force'], environment);
    assert.equal(cleared.code, 0, cleared.said);
    assert.deepEqual(await runAgain(), ['fetch_data', 'train_model', 'evaluate_model']);
    assert.notDeepEqual(await artifactHashes(store), expected);

    await postgres.query('UPDATE loans SET income = income - 1 WHERE id = 1');
    await runCommand(['clear', logicalDate, '--task', 'fetch_data', '--force'], environment);
    await runAgain();
    assert.deepEqual(await artifactHashes(store), expected);
  });
});
