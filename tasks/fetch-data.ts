import { LoansCheck, type LoansStatistics, type Violation } from './loans/check-loans.ts';
import {
  columnFaults,
  columnsQuery,
  copyQuery,
  faultText,
  offendersQuery,
  quotedTable,
  type TableColumn,
} from './loans/loans-table.ts';
import { BadData } from './runtime/errors.ts';
import type { Log } from './runtime/log.ts';
import { connectDatabase, type Database } from './runtime/postgres/database.ts';
import { runTask } from './runtime/run-task.ts';
import type { Task, TaskContext } from './runtime/task.ts';

// one snapshot for all that is read, and what a server, database or role may have set otherwise, pinned
const openSnapshot = `
  BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
  SET LOCAL extra_float_digits = 3;
  SET LOCAL client_encoding = 'UTF8'`;
const leastRowsOfAClass = 2;
const progressEveryMillis = 250;

/** Copies the loans table, judged on the way, into the artifact store. Bad data is read to its end but never published. */
export const fetchData: Task = {
  taskId: 'fetch_data',
  summary: 'Copies the loans table from PostgreSQL into the artifact store, as a CSV in id order.',

  async run(context: TaskContext): Promise<void> {
    const { settings, environment, artifacts, log, signal } = context;
    const database = await connectDatabase(settings, environment, signal);
    try {
      log.info(`reading table ${settings.LOANS_TABLE} of ${database.address}`);
      await database.query(openSnapshot);
      const total = await checkTable(database, settings.LOANS_TABLE);
      const check = new LoansCheck();
      const loans = checkedLoans(context, database, check, total);
      await artifacts.publish('loans', loans, () => ({ rows: check.rows, statistics: check.statistics }));
    } finally {
      await database.end();
    }
  },
};

/**
 * Roughly how many rows there are, if the server knows.
 * @throws BadData when there is no such table, or one that cannot hold loans
 */
async function checkTable(database: Database, table: string): Promise<number | null> {
  const { rows: columns } = await database.query<TableColumn>(columnsQuery, [quotedTable(table)]);
  const [column] = columns;
  if (!column) throw new BadData(`there is no table ${table} in ${database.address}: create it, or set LOANS_TABLE`);
  const faults = columnFaults(columns);
  if (faults.length > 0) throw new BadData(`table ${table}: ${faults.join('; ')}`);
  return column.estimate > 0 ? column.estimate : null;
}

async function* checkedLoans(
  { settings, log, progress }: TaskContext,
  database: Database,
  check: LoansCheck,
  total: number | null,
): AsyncGenerator<Uint8Array> {
  let reportAt = 0;
  for await (const chunk of database.copyTo(copyQuery(settings.LOANS_TABLE))) {
    check.update(chunk);
    if (performance.now() >= reportAt) {
      progress({ done: check.rows, total: total && Math.max(total, check.rows), unit: 'rows' });
      reportAt = performance.now() + progressEveryMillis;
    }
    yield chunk;
  }
  check.finish();
  logStatistics(log, check.statistics);
  const faults = [...classFaults(check.statistics), ...(await violationFaults(database, settings.LOANS_TABLE, check))];
  if (faults.length > 0) throw new BadData(`table ${settings.LOANS_TABLE}: ${faults.join('; ')}`);
  progress({ done: check.rows, total: check.rows, unit: 'rows' });
}

function logStatistics(log: Log, { rows, columns, classes }: LoansStatistics): void {
  log.info('loans read', { rows, repaid: classes[0], defaulted: classes[1] });
  for (const [name, statistics] of Object.entries(columns)) log.info(`column ${name}`, { ...statistics });
}

function classFaults({ rows, classes }: LoansStatistics): string[] {
  if (rows === 0) return ['there are no rows'];
  if (Math.min(classes[0], classes[1]) >= leastRowsOfAClass) return [];
  const found = `found ${classes[0]} repaid (0) and ${classes[1]} defaulted (1)`;
  return [`column default_status must hold at least ${leastRowsOfAClass} rows of each class, ${found}`];
}

async function violationFaults(database: Database, table: string, check: LoansCheck): Promise<string[]> {
  const faults: string[] = [];
  for (const violation of check.violations) faults.push(await violationFault(database, table, violation));
  return faults;
}

async function violationFault(database: Database, table: string, { limits, rule, count }: Violation): Promise<string> {
  const { rows } = await database.query<{ offender: string }>(offendersQuery(table, limits, rule));
  const ids = rows.map(({ offender }) => offender).join(', ');
  return `column ${limits.name} ${faultText(limits, rule)} in ${count} ${count === 1 ? 'row' : 'rows'} (first ids: ${ids})`;
}

if (import.meta.main) await runTask(fetchData);
