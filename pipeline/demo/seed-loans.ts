import { quotedTable } from '../../tasks/loans/loans-query.ts';
import { UsageError } from '../../tasks/runtime/errors.ts';
import type { Database } from '../../tasks/runtime/postgres/database.ts';
import { madeUpColumns, type PlausibleLoan, plausibleLoans } from './plausible-loans.ts';

type Queries = Pick<Database, 'query'>;

export interface LoansWanted {
  readonly table: string;
  readonly rows: number;
  /** 0 <= seed < 2^32. */
  readonly seed: number;
  /** Whether rows that the table holds may be deleted. */
  readonly replace?: boolean;
  /** Called after each part, with how many rows are written. */
  readonly progress?: (rows: number) => void;
}

export interface Seeded {
  /** False when the table held rows already and was left alone. */
  readonly hasChanged: boolean;
  /** What was done, for people. */
  readonly summary: string;
}

/** Each column's declaration, and its type as PostgreSQL reports it. */
const columns = {
  id: ['SERIAL PRIMARY KEY', 'integer'],
  loan_amount: ['DECIMAL(10, 2)', 'numeric(10,2)'],
  income: ['DECIMAL(10, 2)', 'numeric(10,2)'],
  credit_score: ['INTEGER', 'integer'],
  age: ['INTEGER', 'integer'],
  loan_term: ['INTEGER', 'integer'],
  default_status: ['INTEGER', 'integer'],
  created_at: ['TIMESTAMP DEFAULT NOW()', 'timestamp without time zone'],
} as const;

const rowsPerInsert = 10_000;
// an arbitrary number: one seeding waits for another
const seedingLock = 5_100_627;

/**
 * Fills the table with plausible loans, and creates it if there is none; all or nothing. A table that holds rows is
 * left alone unless they may be replaced.
 * @throws UsageError when the table has other columns
 */
export async function seedLoans(database: Queries, wanted: LoansWanted): Promise<Seeded> {
  await database.query('BEGIN');
  try {
    const done = await seedWithin(database, wanted);
    await database.query('COMMIT');
    return done;
  } catch (error) {
    // when the connection is gone, so is the transaction
    await database.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

async function seedWithin(database: Queries, wanted: LoansWanted): Promise<Seeded> {
  const { table, rows, seed, replace = false, progress } = wanted;
  const name = quotedTable(table);
  await database.query(`SELECT pg_advisory_xact_lock(${seedingLock})`);
  await database.query(createTable(name));
  await refuseOtherColumns(database, table);

  const held = await countLoans(database, name);
  if (held > 0 && !replace) {
    return {
      hasChanged: false,
      summary: `table ${table} already holds ${loans(held)}: nothing was changed; 'npx pipeline seed-loans --rows ${rows} --replace' replaces them`,
    };
  }
  // not TRUNCATE: a reader of the table goes on with the old rows
  await database.query(`DELETE FROM ${name}`);
  const defaulted = await insertLoans(database, name, plausibleLoans(rows, seed), progress);
  await database.query(`SELECT setval(pg_get_serial_sequence($1, 'id'), $2)`, [name, rows]);
  await database.query(`ANALYZE ${name}`);

  const instead = held > 0 ? ` instead of ${loans(held)}` : '';
  const share = ((100 * defaulted) / rows).toFixed(1);
  const summary = `table ${table} now holds ${loans(rows)} made from seed ${seed}${instead}: ${share} % default`;
  return { hasChanged: true, summary };
}

function createTable(name: string): string {
  const declarations = Object.entries(columns).map(([column, [declaration]]) => `${column} ${declaration}`);
  return `CREATE TABLE IF NOT EXISTS ${name} (${declarations.join(', ')})`;
}

async function refuseOtherColumns(database: Queries, table: string): Promise<void> {
  const { rows } = await database.query<{ name: string; type: string }>(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
     WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [quotedTable(table)],
  );
  const found = new Map(rows.map(({ name, type }) => [name, type]));
  const expected = new Map(Object.entries(columns).map(([name, [, type]]) => [name, type]));
  const faults = [...new Set([...expected.keys(), ...found.keys()])]
    .filter((name) => found.get(name) !== expected.get(name))
    .map((name) => `column ${name} is ${found.get(name) ?? 'missing'}, expected ${expected.get(name) ?? 'none'}`);
  if (faults.length === 0) return;
  throw new UsageError([
    `table ${table} is not one that can be seeded: ${faults.join('; ')}; nothing was changed, set LOANS_TABLE to another table`,
  ]);
}

async function countLoans(database: Queries, name: string): Promise<number> {
  const { rows } = await database.query<{ count: string }>(`SELECT count(*) FROM ${name}`);
  return Number(rows[0]?.count);
}

/** Returns how many of them default. */
async function insertLoans(
  database: Queries,
  name: string,
  loans: Iterable<PlausibleLoan>,
  progress: LoansWanted['progress'],
): Promise<number> {
  const arrays = madeUpColumns.map((column, i) => `$${i + 1}::${columns[column][1]}[]`);
  const insert = `INSERT INTO ${name} (${madeUpColumns.join(', ')}) SELECT * FROM unnest(${arrays.join(', ')})`;
  let defaulted = 0;
  let written = 0;
  for (const chunk of chunksOf(loans)) {
    await database.query(
      insert,
      madeUpColumns.map((column) => `{${chunk.map((loan) => loan[column]).join(',')}}`),
    );
    defaulted += chunk.filter((loan) => loan.default_status === 1).length;
    written += chunk.length;
    progress?.(written);
  }
  return defaulted;
}

function* chunksOf(loans: Iterable<PlausibleLoan>): Generator<readonly PlausibleLoan[]> {
  let chunk: PlausibleLoan[] = [];
  for (const loan of loans) {
    chunk.push(loan);
    if (chunk.length < rowsPerInsert) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

function loans(count: number): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? 'loan' : 'loans'}`;
}
