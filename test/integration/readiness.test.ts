import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { RunStore } from '../../pipeline/orchestrator/run-store.ts';
import { DirectoryStore } from '../../tasks/artifacts/stores/directory/directory-store.ts';
import { runCommand } from '../support/pipeline-command.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { createTestLoans } from '../support/test-loans.ts';

const dag = 'credit_default_pipeline';
const timestamp = '20240101T000000';
const cli = join(import.meta.dirname, '../../pipeline/cli.ts');

let postgres: TestPostgres;
let folder: string;
let stores = 0;

before(async () => {
  postgres = await startPostgres();
  folder = await mkdtemp(join(tmpdir(), 'readiness-'));
  await createTestLoans(postgres, 'loans', 500);
  await postgres.query('CREATE TABLE loads (day date, is_complete boolean)');
});

after(async () => {
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true });
});

function place(settings: Record<string, string>) {
  const store = new DirectoryStore(join(folder, `store-${stores++}`));
  const environment = { ARTIFACT_STORE: store.url, DATABASE_URL: postgres.url, N_ESTIMATORS: '3', ...settings };
  const run = (more: Record<string, string> = {}) =>
    runCommand(['run', '--logical-date', '2024-01-01'], { ...environment, ...more });
  const record = async () => (await new RunStore(store, dag).load(timestamp))?.record;
  return { environment, run, record };
}

describe('a run whose data is not ready', () => {
  test('does not begin before what READY_KEY names is there, and holds nothing', async () => {
    const { run, record } = place({ READY_KEY: `${folder}/{logical_date}_{data_interval_end}` });
    const waiting = await run();
    assert.equal(waiting.code, 79, waiting.said);
    assert.match(
      waiting.said,
      /does not begin: its data is not ready, \S+2024-01-01_2024-01-11 is not there; .* next wake-up/,
    );
    assert.equal(await record(), undefined);
    await writeFile(join(folder, '2024-01-01_2024-01-11'), '');
    const begun = await run();
    assert.equal(begun.code, 0, begun.said);
  });

  test('that has begun is not held up by its key', async () => {
    const { environment, run } = place({});
    assert.equal((await run()).code, 0);
    const again = await runCommand(['run', '--logical-date', '2024-01-01'], { ...environment, READY_KEY: '/nowhere' });
    assert.equal(again.code, 0, again.said);
  });

  test('that is done again begins again: nothing is cleared before its key is there', async () => {
    const { environment, run, record } = place({});
    assert.equal((await run()).code, 0);
    const waiting = { ...environment, READY_KEY: '/nowhere' };
    const forced = await runCommand(['run', '--logical-date', '2024-01-01', '--force'], waiting);
    assert.equal(forced.code, 79, forced.said);
    assert.equal((await record())?.state, 'success');
    assert.equal((await runCommand(['clear', '2024-01-01', '--force'], environment)).code, 0);
    assert.equal((await run({ READY_KEY: '/nowhere' })).code, 79);
    assert.equal((await run()).code, 0);
  });

  test('asks READY_QUERY by fetch_data, uncharged, and goes on where the answer is yes', async () => {
    const query = 'SELECT is_complete FROM loads WHERE day = :logical_date';
    const { run, record } = place({ READY_QUERY: query, RETRIES: '0' });
    const waiting = await run();
    assert.equal(waiting.code, 79, waiting.said);
    assert.match(waiting.said, /waits for its data: the next start after \d\d:\d\d:\d\dZ asks again/);
    const before = await record();
    const { state, attempts, reason } = before?.tasks.fetch_data ?? {};
    assert.deepEqual([state, attempts?.length], ['up_for_reschedule', 1]);
    assert.partialDeepStrictEqual(attempts?.[0], { outcome: 'not-ready', exitCode: 79 });
    assert.match(reason ?? '', /READY_QUERY does not give true/);
    assert.deepEqual([before?.state, before?.lease.holder], ['running', null]);

    await postgres.query(`INSERT INTO loads VALUES ('2024-01-01', true)`);
    const well = await run({ READY_EVERY_SECONDS: '1' });
    assert.equal(well.code, 0, well.said);
    const { attempts: after = [] } = (await record())?.tasks.fetch_data ?? {};
    assert.deepEqual(
      after.map((attempt) => [attempt.number, attempt.phase === 'ended' && attempt.outcome]),
      [[2, 'succeeded']],
    );
  });

  test('asks again every READY_EVERY_SECONDS, keeps only the last answer, and succeeds', async () => {
    const query = 'SELECT is_complete FROM loads WHERE day = :data_interval_end';
    const { environment, record } = place({ READY_QUERY: query, READY_EVERY_SECONDS: '1', RETRIES: '0' });
    const child = spawn(process.execPath, [cli, 'run', '--logical-date', '2024-01-01'], {
      env: { PATH: process.env.PATH, ...environment },
      stdio: 'ignore',
    });
    for (let asked = 0; asked < 3; ) asked = (await record())?.tasks.fetch_data?.attempts.at(-1)?.number ?? 0;
    await postgres.query(`INSERT INTO loads VALUES ('2024-01-11', true)`);
    assert.deepEqual(await once(child, 'exit'), [0, null]);
    const { attempts = [] } = (await record())?.tasks.fetch_data ?? {};
    assert.deepEqual(
      attempts.map((attempt) => attempt.phase === 'ended' && attempt.outcome),
      ['succeeded'],
    );
    assert.ok((attempts[0]?.number ?? 0) >= 3);
  });

  const refused = [
    ['gives no boolean', 'SELECT 1', /exited 64, which no retry changes.*READY_QUERY must give one boolean/],
    ['gives two', 'SELECT true UNION ALL SELECT false', /exited 64,.*READY_QUERY must give one boolean/],
    ['is none', 'SELEKT 1', /exited 65, which no retry changes.*READY_QUERY cannot be run: syntax error.*one SELECT/],
    ['writes', 'DELETE FROM loads RETURNING true', /exited 65,.*READY_QUERY cannot be run: .*one SELECT/],
    ['asks a table that is not there', 'SELECT true FROM nowhere', /exited 65,.*READY_QUERY cannot be run: .*nowhere/],
  ] as const;
  for (const [what, query, sentence] of refused) {
    test(`is refused with a query that ${what}`, async () => {
      const { run } = place({ READY_QUERY: query });
      const { code, said } = await run();
      assert.equal(code, 1, said);
      assert.match(said, sentence);
    });
  }

  test('lets a wake-up end with 0', async () => {
    const { environment } = place({ READY_KEY: '/nowhere/{logical_date}' });
    const { code, said } = await runCommand(['schedule'], environment);
    assert.equal(code, 0, said);
    assert.match(said, /its data is not ready, \/nowhere\/20\d\d-\d\d-\d\d is not there/);
  });
});
