import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { AttemptArtifacts } from '../../tasks/artifacts/attempt-artifacts.ts';
import { DirectoryStore } from '../../tasks/artifacts/stores/directory/directory-store.ts';
import { readAll } from '../../tasks/artifacts/stores/read-all.ts';
import { parametersOf } from '../../tasks/runtime/settings.ts';
import { measureNode } from '../bench/measure-process.ts';
import { isLongForm } from '../support/chaos-cases.ts';
import { logicalDate } from '../support/pipeline-command.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { settings } from '../support/publish-outputs.ts';
import { readInputs, setOver } from '../support/publishing.ts';
import { createTestLoans } from '../support/test-loans.ts';

const few = 1_000_000;
const many = 10_000_000;
/** What a pod of a task may use. */
const limitMegabytes = 2048;
/** Label, probability and prediction; the probability once more to be sorted, and what each distinct one lets through. */
const bytesPerTestLoan = 45;

const skip = isLongForm ? false : 'takes minutes and 3 GB of disk: CHAOS_CASES=1000';

describe('ten million loans', { skip, timeout: 40 * 60_000 }, () => {
  let postgres: TestPostgres;
  let folder: string;
  let model: Buffer;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'large-'));
    postgres = await startPostgres();
    model = await trainedOn(1000);
  });

  after(async () => {
    await postgres?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  });

  const storeOf = (rows: number) => new DirectoryStore(join(folder, `store-${rows}`));

  function runTask(name: string, rows: number) {
    const path = join(import.meta.dirname, '../../tasks', `${name}.ts`);
    const environment = { ARTIFACT_STORE: storeOf(rows).url, DATABASE_URL: postgres.url, LOANS_TABLE: `loans_${rows}` };
    return measureNode([path, '--logical-date', logicalDate], { ...environment, N_ESTIMATORS: '5' });
  }

  async function fetched(rows: number) {
    await createTestLoans(postgres, `loans_${rows}`, rows);
    await postgres.query(`VACUUM ANALYZE loans_${rows}`);
    await storeOf(rows).ensureBucket();
    const measured = await runTask('fetch-data', rows);
    await postgres.query(`DROP TABLE loans_${rows}`);
    return measured;
  }

  async function trainedOn(rows: number): Promise<Buffer> {
    await fetched(rows);
    await runTask('train-model', rows);
    const set = setOver(storeOf(rows));
    const found = await set.store.get(set.keyOf('model'));
    assert(found);
    return readAll(found.body);
  }

  /** All of the loans are held out, and the model is one of a few others: to train on so many is not asked here. */
  async function evaluated(rows: number) {
    const set = setOver(storeOf(rows));
    const attempt = { task: 'train_model', number: 1 } as const;
    const artifacts = await AttemptArtifacts.begin(set, ['testLoans', 'model'], parametersOf(settings), attempt);
    await readInputs(artifacts, 'testLoans');
    const loans = await set.store.get(set.keyOf('loans'));
    assert(loans);
    await artifacts.publish('testLoans', loans.body);
    await artifacts.publish('model', [model]);
    return runTask('evaluate-model', rows);
  }

  it('are fetched in the memory of one million', async (t) => {
    const [small, large] = [await fetched(few), await fetched(many)];
    t.diagnostic(
      `fetch_data: ${small.peakMegabytes.toFixed(0)} MB for ${few} loans, ${large.peakMegabytes.toFixed(0)} MB for ${many} (${large.seconds.toFixed(0)} s)`,
    );
    assert(large.peakMegabytes < small.peakMegabytes * 1.25 + 32);
  });

  it('are evaluated in a memory that grows by what is said of each, within the limit of a pod', async (t) => {
    const [small, large] = [await evaluated(few), await evaluated(many)];
    const bytesEach = ((large.peakMegabytes - small.peakMegabytes) * 1024 * 1024) / (many - few);
    t.diagnostic(
      `evaluate_model: ${small.peakMegabytes.toFixed(0)} MB for ${few} loans, ${large.peakMegabytes.toFixed(0)} MB for ${many} (${large.seconds.toFixed(0)} s): ${bytesEach.toFixed(0)} bytes a loan`,
    );
    assert(bytesEach < bytesPerTestLoan);
    assert(large.peakMegabytes < limitMegabytes);
  });
});
