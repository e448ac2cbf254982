import type { TestPostgres } from './postgres.ts';

const columns = ['loan_amount', 'income', 'credit_score', 'age', 'loan_term', 'default_status'];

/** Plausible loans with ids from 1 on, written in another order than that of their ids. Every fifth one defaults. */
export async function createTestLoans(postgres: TestPostgres, table: string, rows: number): Promise<void> {
  await postgres.query(`
    CREATE TABLE ${table} (
      id integer PRIMARY KEY, loan_amount numeric(12, 2), income double precision,
      credit_score integer, age smallint, loan_term bigint, default_status integer);
    INSERT INTO ${table}
      SELECT id, 1000 + id % 9973 + 0.05 * (id % 20), 20000 + sqrt(id) * 100, 300 + id % 551, 18 + id % 60,
        12 * (1 + id % 5), (id % 5 = 0)::integer
      FROM generate_series(${rows}, 1, -1) id`);
}

/** The table as its CSV has to be: put together by the server, cell by cell, independently of COPY. */
export async function expectedCsv(postgres: TestPostgres, table: string): Promise<string> {
  const [row] = await postgres.query(
    `SELECT string_agg(concat_ws(',', ${columns}), E'\\n' ORDER BY id) AS lines FROM ${table}`,
  );
  return `${columns}\n${row?.lines}\n`;
}

/** The `psql -c` command that writes the same. */
export function psqlCopy(table: string): string {
  return `\\copy (SELECT ${columns} FROM ${table} ORDER BY id) TO STDOUT (FORMAT csv, HEADER)`;
}
