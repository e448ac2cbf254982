import { BadData } from '../runtime/errors.ts';
import type { Database } from '../runtime/postgres/database.ts';
import type { LoansCheck, LoansStatistics, Violation } from './check-loans.ts';
import {
  ambiguousIdsQuery,
  columnFaults,
  columnsQuery,
  faultText,
  offendersQuery,
  quotedTable,
  type TableColumn,
  uniqueIdQuery,
} from './loans-table.ts';

// one snapshot for all that is read, and what a server, database or role may have set otherwise, pinned
const openSnapshot = `
  BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
  SET LOCAL extra_float_digits = 3;
  SET LOCAL client_encoding = 'UTF8'`;
const leastRowsOfAClass = 2;

/**
 * Opens one snapshot of the table for everything that is read. Roughly how many rows there are, if the server knows.
 * @throws BadData when there is no such table, or one that cannot hold loans
 */
export async function openLoans(database: Database, table: string): Promise<number | null> {
  await database.query(openSnapshot);
  const { rows: columns } = await database.query<TableColumn>(columnsQuery, [quotedTable(table)]);
  const [column] = columns;
  if (!column) throw new BadData(`there is no table ${table} in ${database.address}: create it, or set LOANS_TABLE`);
  const faults = columnFaults(columns);
  if (faults.length > 0) throw new BadData(`table ${table}: ${faults.join('; ')}`);
  return column.estimate > 0 ? column.estimate : null;
}

/** What is wrong with a table that was read to its end. */
export function classFaults({ rows, classes }: LoansStatistics): string[] {
  if (rows === 0) return ['there are no rows'];
  if (Math.min(classes[0], classes[1]) >= leastRowsOfAClass) return [];
  const found = `found ${classes[0]} repaid (0) and ${classes[1]} defaulted (1)`;
  return [`column default_status must hold at least ${leastRowsOfAClass} rows of each class, ${found}`];
}

/** What is wrong with the rows that were read, and with the table's ids. */
export async function rowFaults(database: Database, table: string, check: LoansCheck): Promise<string[]> {
  const faults: string[] = [];
  for (const violation of check.violations) faults.push(await violationFault(database, table, violation));
  return [...faults, ...(await idFaults(database, table))];
}

async function violationFault(database: Database, table: string, { limits, rule, count }: Violation): Promise<string> {
  const { rows } = await database.query<{ offender: string }>(offendersQuery(table, limits, rule));
  const ids = rows.map(({ offender }) => offender).join(', ');
  return `column ${limits.name} ${faultText(limits, rule)} in ${count} ${count === 1 ? 'row' : 'rows'} (first ids: ${ids})`;
}

/** Where ids are not unique, "in id order" is no order: the same rows could give other artifacts. */
async function idFaults(database: Database, table: string): Promise<string[]> {
  const { rows: keys } = await database.query(uniqueIdQuery, [quotedTable(table)]);
  if (keys.length > 0) return [];
  const { rows } = await database.query<{ offender: string | null }>(ambiguousIdsQuery(table));
  if (rows.length === 0) return [];
  const ids = rows.map(({ offender }) => offender ?? 'NULL').join(', ');
  return [`column id must be unique and not NULL (first ids that are not: ${ids})`];
}
