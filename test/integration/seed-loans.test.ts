import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';
import { seedLoans } from '../../pipeline/demo/seed-loans.ts';
import { ofCreditDefault } from '../../tasks/dataset/dataset.ts';
import { LoansSource } from '../../tasks/loans/loans-source.ts';
import { UsageError } from '../../tasks/runtime/errors.ts';
import { connectDatabase, type Database } from '../../tasks/runtime/postgres/database.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const thousand = { table: 'loans', rows: 1000, seed: 42 } as const;

let postgres: TestPostgres;
let database: Database;

before(async () => {
  postgres = await startPostgres();
  database = await connectDatabase({ DATABASE_URL: postgres.url }, {});
});

after(async () => {
  await database?.end();
  await postgres?.stop();
});

beforeEach(async () => {
  await postgres.query('DROP TABLE IF EXISTS loans');
});

function openLoans(isAsOf = false): Promise<LoansSource> {
  const [start, end] = [new Date('2024-01-01'), new Date('2024-01-11')];
  const dates = { logical_date: start, data_interval_start: start, data_interval_end: end };
  return LoansSource.open(database, { dataset: ofCreditDefault, dates, isAsOf });
}

async function csvHash(): Promise<string> {
  const hash = createHash('sha256');
  const source = await openLoans();
  for await (const chunk of source.read()) hash.update(chunk);
  await database.query('ROLLBACK');
  return hash.digest('hex');
}

async function count(): Promise<number> {
  const [row] = await postgres.query('SELECT count(*)::integer AS count FROM loans');
  return row?.count;
}

describe('seeding the loans table', () => {
  test('creates it, and fills it with the same bytes for the same seed everywhere', async () => {
    assert.equal(
      (await seedLoans(database, thousand)).summary,
      'table loans now holds 1,000 loans made from seed 42: 48.2 % default',
    );
    assert.equal(await csvHash(), 'f8666004c18ac0562bdaef817b58f37d28534d4685097506221ef54c39092748');
  });

  test('makes a table that fetch_data accepts, with the declarations of the article', async () => {
    await seedLoans(database, thousand);
    await assert.doesNotReject(openLoans(true));
    await database.query('ROLLBACK');
    const [last] = await postgres.query('INSERT INTO loans (age) VALUES (30) RETURNING id, created_at');
    assert.equal(last?.id, 1001);
    assert.ok(last?.created_at instanceof Date);
  });

  test('numbers the rows from 1 to N, also in place of others', async () => {
    await seedLoans(database, { ...thousand, rows: 30_000 });
    await seedLoans(database, { ...thousand, rows: 25_001, replace: true });
    const [ids] = await postgres.query('SELECT min(id), max(id), count(*)::integer FROM loans');
    assert.deepEqual(ids, { min: 1, max: 25_001, count: 25_001 });
  });

  test('leaves a table that holds rows alone, unless summary to replace them', async () => {
    await seedLoans(database, { ...thousand, rows: 2000 });
    assert.equal(
      (await seedLoans(database, thousand)).summary,
      "table loans already holds 2,000 loans: nothing was changed; 'npx pipeline seed-loans --rows 1000 --replace' replaces them",
    );
    assert.equal(await count(), 2000);
    assert.match(
      (await seedLoans(database, { ...thousand, replace: true })).summary,
      /1,000 loans .* instead of 2,000 loans/,
    );
    assert.equal(await count(), 1000);
  });

  test('fills a table that is there but empty', async () => {
    await seedLoans(database, thousand);
    const hash = await csvHash();
    await postgres.query('DELETE FROM loans');
    await seedLoans(database, thousand);
    assert.equal(await csvHash(), hash);
  });

  test('refuses a table with other columns, and names them', async () => {
    await postgres.query(
      'CREATE TABLE loans (id serial, loan_amount numeric, income numeric(10, 2), credit_score integer, age integer, loan_term integer, default_status integer, borrower text)',
    );
    await assert.rejects(seedLoans(database, { ...thousand, replace: true }), (error) => {
      assert.ok(error instanceof UsageError);
      assert.equal(
        error.message,
        'table loans is not one that can be seeded: column loan_amount is numeric, expected numeric(10,2); ' +
          'column created_at is missing, expected timestamp without time zone; column borrower is text, expected none; ' +
          'nothing was changed, set LOANS_TABLE to another table',
      );
      return true;
    });
    assert.equal(await count(), 0);
  });

  test('leaves the old rows when the connection breaks halfway', async () => {
    await seedLoans(database, { ...thousand, seed: 1 });
    const before = await csvHash();
    const doomed = await connectDatabase({ DATABASE_URL: postgres.url }, {});
    const [{ pid } = {}] = (await doomed.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows;
    let inserts = 0;
    const breaking: Pick<Database, 'query'> = {
      async query(sql, values) {
        if (sql.startsWith('INSERT') && ++inserts === 2) await postgres.query(`SELECT pg_terminate_backend(${pid})`);
        return await doomed.query(sql, values);
      },
    };
    await assert.rejects(seedLoans(breaking, { ...thousand, rows: 50_000, replace: true }), /not available/);
    assert.equal(inserts, 2);
    assert.equal(await csvHash(), before);
  });

  test('happens once when two do it at the same time', async () => {
    const other = await connectDatabase({ DATABASE_URL: postgres.url }, {});
    const said = await Promise.all([seedLoans(database, thousand), seedLoans(other, thousand)]);
    await other.end();
    assert.match(
      said
        .map(({ summary }) => summary)
        .toSorted()
        .join('\n'),
      /already holds 1,000 loans.*\n.*now holds 1,000 loans/,
    );
    assert.equal(await count(), 1000);
  });
});
