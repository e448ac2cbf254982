import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { markerKey } from '../../tasks/artifacts/artifact-keys.ts';
import { readMarker } from '../../tasks/artifacts/marker.ts';
import { columnNames } from '../support/article-columns.ts';
import { assertNothingPublished, fetchedLoans, loansKey, profileKey, startFetch } from '../support/fetch-attempt.ts';
import { holdingForGood } from '../support/hold.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { createTestLoans, expectedCsv, psqlCopy } from '../support/test-loans.ts';

const hasPsql = spawnSync('psql', ['--version']).status === 0;

const nowhere = 'postgresql://user@127.0.0.1:1/credit_db';
const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

let postgres: TestPostgres;
let folder: string;
let stores = 0;

before(async () => {
  postgres = await startPostgres();
  folder = await mkdtemp(join(tmpdir(), 'fetch-data-'));
  await createTestLoans(postgres, 'loans', 60_000);
  await postgres.query(`CREATE ROLE guest LOGIN PASSWORD '${password()}'`);
});

after(async () => {
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true });
});

function password(): string {
  return new URL(postgres.url).password;
}

/** Runs the task to its end. Nothing secret may be said on the way. */
async function fetchFrom(table: string, url = postgres.url) {
  const task = await startFetch(join(folder, `store-${stores++}`), { DATABASE_URL: url, LOANS_TABLE: table });
  const { code, output } = await task.ended;
  assert.ok(!output.includes(password()), output);
  return { ...task, code, output };
}

describe('fetch-data', { concurrency: 4 }, () => {
  test('publishes the table in id order, its statistics in the marker, and says both', async () => {
    const { code, output, store, progress } = await fetchFrom('loans');
    assert.equal(code, 0, output);
    assert.equal(await fetchedLoans(store), await expectedCsv(postgres, 'loans'));

    const marker = await readMarker(store, markerKey(loansKey));
    assert.equal(marker?.rows, 60_000);
    assert.partialDeepStrictEqual(marker?.statistics, {
      rows: 60_000,
      classes: { 0: 48_000, 1: 12_000 },
      columns: { credit_score: { nulls: 0, min: 300, max: 850 }, default_status: { mean: 0.2 } },
    });
    assert.match(output, new RegExp(`table loans of ${new URL(postgres.url).host}/credit_db`));
    assert.match(output, /rows=60000 repaid=48000 default=12000/);
    assert.match(output, /column credit_score nulls=0 min=300 max=850 mean=57\d/);
    assert.deepEqual(progress.at(-1), { progress: { done: 60_000, total: 60_000, unit: 'rows' } });
  });

  test('publishes a profile of the loans, made in the same pass', async () => {
    const { store } = await fetchFrom('loans');
    const profile = JSON.parse((await fetchedLoans(store, profileKey)) ?? '');
    assert.partialDeepStrictEqual(profile, { rows: 60_000, classes: { 0: 48_000, 1: 12_000 } });
    assert.deepEqual(Object.keys(profile.columns), [...columnNames]);
    const { edges, counts, quantiles, mean } = profile.columns.credit_score;
    assert.deepEqual([edges.length, edges[0], edges.at(-1), quantiles.p50], [551, 300, 850, 575]);
    assert.equal(sum(counts), 60_000);
    const [loans, made] = [
      await readMarker(store, markerKey(loansKey)),
      await readMarker(store, markerKey(profileKey)),
    ];
    assert.equal(mean, Object(loans?.statistics).columns.credit_score.mean);
    assert.deepEqual(made?.inputs, [{ key: loansKey, sha256: loans?.sha256 }]);
    assert.deepEqual([made?.parameters, made?.rows], [{}, 60_000]);
  });

  test('makes a profile that is missing from the loans that are published, to the same bytes, and asks no database', async () => {
    const { store } = await fetchFrom('loans');
    const [loans, profile] = [await readMarker(store, markerKey(loansKey)), await fetchedLoans(store, profileKey)];
    await store.delete(profileKey);
    await store.delete(markerKey(profileKey));
    const again = await startFetch(fileURLToPath(store.url), { DATABASE_URL: nowhere, LOANS_TABLE: 'loans' });
    const { code, output } = await again.ended;
    assert.equal(code, 0, output);
    assert.match(output, /the loans are published: making their profile/);
    assert.equal(await fetchedLoans(store, profileKey), profile);
    assert.deepEqual(await readMarker(store, markerKey(loansKey)), loans);
  });

  test('killed between loans and profile, it makes the profile of those loans, though the table is another by now', async () => {
    await createTestLoans(postgres, 'moving', 1_000);
    const expected = await fetchFrom('moving');
    const directory = join(folder, 'killed');
    const environment = { DATABASE_URL: postgres.url, LOANS_TABLE: 'moving' };
    const held = { ...holdingForGood(profileKey), HELD_ATTEMPT: '0' };
    const killed = await startFetch(directory, { ...environment, ...held });
    while (!(await killed.store.head(markerKey(loansKey)))) await setTimeout(20);
    killed.process.kill('SIGKILL');
    assert.equal((await killed.ended).signal, 'SIGKILL');
    assert.equal(await killed.store.head(profileKey), undefined);

    await postgres.query('UPDATE moving SET income = income + 1');
    const { code, output } = await (await startFetch(directory, environment)).ended;
    assert.equal(code, 0, output);
    for (const key of [loansKey, profileKey])
      assert.equal(await fetchedLoans(killed.store, key), await fetchedLoans(expected.store, key));
  });

  test('publishes what psql copies', { skip: !hasPsql && 'there is no psql here' }, async () => {
    const { store } = await fetchFrom('loans');
    const psql = ['psql', [postgres.url, '-c', psqlCopy('loans')], { maxBuffer: 2 ** 26 }] as const;
    const { stdout } = await promisify(execFile)(...psql);
    assert.equal(await fetchedLoans(store), stdout);
  });

  test('takes a table in another schema, of domains, with capitals in its name, for what it is', async () => {
    const table = '"Lending"."Loans$24"';
    await postgres.query('CREATE SCHEMA "Lending"; CREATE DOMAIN amount AS numeric(12, 2) CHECK (VALUE > 0)');
    await createTestLoans(postgres, table, 50);
    await postgres.query(`ALTER TABLE ${table} ALTER loan_amount TYPE amount`);
    const { code, output, store } = await fetchFrom('Lending.Loans$24');
    assert.equal(code, 0, output);
    assert.equal(await fetchedLoans(store), await expectedCsv(postgres, table));
  });

  const faults: readonly [what: string, change: string, ...sentences: RegExp[]][] = [
    ['an empty table', 'DELETE FROM $', /table \w+: there are no rows/],
    [
      'a single class',
      'UPDATE $ SET default_status = 0',
      /2 rows of each class, found 100 repaid \(0\) and 0 default \(1\)/,
    ],
    ['a class of one', 'DELETE FROM $ WHERE id % 5 = 0 AND id > 5', /found 80 repaid \(0\) and 1 default \(1\)/],
    [
      'NULLs',
      'UPDATE $ SET age = NULL WHERE id IN (9, 41); UPDATE $ SET default_status = NULL WHERE id = 7',
      /column age is NULL in 2 rows \(first ids: 9, 41\)/,
      /column default_status is NULL in 1 row \(first ids: 7\)/,
    ],
    [
      'values below their range',
      'UPDATE $ SET loan_amount = 0, income = -0.5, credit_score = 299, age = 17, loan_term = 0, default_status = -1 WHERE id = 3',
      /column loan_amount is not above 0 and finite in 1 row \(first ids: 3\)/,
      /column income is not above 0 and finite in 1 row \(first ids: 3\)/,
      /column credit_score is not from 300 to 850 in 1 row \(first ids: 3\)/,
      /column age is not from 18 to 120 in 1 row \(first ids: 3\)/,
      /column loan_term is not from 1 to 600 in 1 row \(first ids: 3\)/,
      /column default_status is not 0 or 1 in 1 row \(first ids: 3\)/,
    ],
    [
      'values above their range',
      'UPDATE $ SET credit_score = 851, age = 121, loan_term = 601, default_status = 2 WHERE id > 60',
      /column credit_score is not from 300 to 850 in 40 rows \(first ids: 61, 62, 63, 64, 65\)/,
      /column age is not from 18 to 120 in 40 rows /,
      /column loan_term is not from 1 to 600 in 40 rows /,
      /column default_status is not 0 or 1 in 40 rows /,
    ],
    [
      'numbers that are not finite',
      "UPDATE $ SET income = 'NaN' WHERE id = 8; UPDATE $ SET income = '-Infinity' WHERE id = 6",
      /column income is not a finite number .*in 2 rows \(first ids: 6, 8\)/,
    ],
    [
      'more digits than a double holds',
      'ALTER TABLE $ ALTER loan_amount TYPE numeric; UPDATE $ SET loan_amount = 12345678901234567 WHERE id = 8',
      /column loan_amount is not a finite number \(of at most 15 digits, if whole\) in 1 row \(first ids: 8\)/,
    ],
    [
      'a text column',
      'ALTER TABLE $ ALTER income TYPE text',
      /column income is text, expected smallint, integer, .* or/,
    ],
    [
      'whole numbers that need not be',
      'ALTER TABLE $ ALTER age TYPE numeric; ALTER TABLE $ ALTER loan_term TYPE real',
      /column age is numeric, expected smallint, integer or bigint; column loan_term is real, expected/,
    ],
    [
      'missing columns',
      'ALTER TABLE $ DROP COLUMN age, DROP COLUMN id',
      /table \w+: column id is missing; column age is missing/,
    ],
    ['a missing table', 'DROP TABLE $', /there is no table \w+ in 127.*credit_db: set LOANS_TABLE or DATASET/],
  ];

  for (const [index, [what, change, ...sentences]] of faults.entries()) {
    test(`${what}: exit 65, a sentence that names it, and nothing published`, async () => {
      const table = `faulty_${index}`;
      await createTestLoans(postgres, table, 100);
      await postgres.query(change.replaceAll('$', table));
      const { code, output, store } = await fetchFrom(table);
      assert.equal(code, 65, output);
      for (const sentence of sentences) assert.match(output, sentence);
      await assertNothingPublished(store);
    });
  }

  const refusals: readonly [what: string, change: (url: URL) => void, code: number, sentence: RegExp][] = [
    ['a wrong password', (url) => Object.assign(url, { password: 'wrong' }), 77, /refused the login .*PGPASSWORD/],
    ['no password', (url) => Object.assign(url, { password: '' }), 77, /it asks for a password/],
    [
      'a user without rights',
      (url) => Object.assign(url, { username: 'guest' }),
      77,
      /permission denied for table loans/,
    ],
    ['a missing database', (url) => Object.assign(url, { pathname: '/other' }), 64, /no database .*POSTGRES_DATABASE/],
    ['no TLS', (url) => url.searchParams.set('sslmode', 'require'), 64, /offers no TLS/],
    ['a closed port', (url) => Object.assign(url, { port: '1' }), 69, /:1\/credit_db is not available/],
  ];

  for (const [what, change, expected, sentence] of refusals) {
    test(`${what}: exit ${expected}`, async () => {
      const url = new URL(postgres.url);
      change(url);
      const { code, output } = await fetchFrom('loans', url.href);
      assert.equal(code, expected, output);
      assert.match(output, sentence);
    });
  }
});
