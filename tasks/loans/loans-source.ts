import { BadData } from '../runtime/errors.ts';
import type { Database } from '../runtime/postgres/database.ts';
import type { LoansCheck, LoansStatistics, Violation } from './check-loans.ts';
import type { Rule } from './column-check.ts';
import { type Extent, LoansQuery, quotedTable, relation } from './loans-query.ts';
import {
  columnFaults,
  columnsQuery,
  columnTypes,
  type TableColumn,
  typeNamesQuery,
  uniqueIdQuery,
} from './loans-table.ts';
import { queryError } from './query-error.ts';

// one snapshot for all that is read, and what a server, database or role may have set otherwise, pinned
const openSnapshot = `
  BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
  SET LOCAL extra_float_digits = 3;
  SET LOCAL client_encoding = 'UTF8';
  SET LOCAL standard_conforming_strings = on;
  SET LOCAL TimeZone = 'UTC'`;

/** The rows of a dataset in a database, as they are in one snapshot. */
export class LoansSource {
  /** Roughly how many rows there are, if the server knows. */
  readonly estimate: number | null;
  /** What would keep it from being read as of a date; nothing where no time is named. */
  readonly asOfFaults: readonly string[];
  readonly #database: Database;
  readonly #extent: Extent;
  readonly #query: LoansQuery;

  private constructor(database: Database, extent: Extent, columns: readonly TableColumn[], estimate: number | null) {
    this.estimate = estimate;
    this.asOfFaults = columnFaults({ ...extent, isAsOf: true }, columns);
    this.#database = database;
    this.#extent = extent;
    this.#query = new LoansQuery(extent, columnTypes(columns));
  }

  /**
   * Opens the snapshot for everything that is read.
   * @throws BadData when there is no such table, its columns are others, or the query is not one that only reads
   */
  static async open(database: Database, extent: Extent): Promise<LoansSource> {
    const { dataset } = extent;
    await database.query(openSnapshot);
    const { columns, estimate } = await (dataset.spec.table === undefined
      ? describeQuery(database, extent)
      : describeTable(database, dataset.spec.table));
    const faults = columnFaults(extent, columns);
    if (faults.length > 0) throw new BadData(`${dataset.source}: ${faults.join('; ')}`);
    return new LoansSource(database, extent, columns, estimate);
  }

  /**
   * The loans as CSV, in chunks cut anywhere.
   * @param limit how many rows at most; by default all
   */
  async *read(limit?: number): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#database.copyTo(this.#query.copy(limit));
    } catch (error) {
      throw this.#translated(error);
    }
  }

  /** What is wrong with the rows that were read. @param isSample whether they are not all of them */
  async faults(check: LoansCheck, isSample = false): Promise<string[]> {
    try {
      const faults = isSample ? [] : this.#wholeFaults(check.statistics);
      for (const violation of check.violations) faults.push(await this.#violationFault(violation));
      return [...faults, ...(await this.#idFaults())];
    } catch (error) {
      throw this.#translated(error);
    }
  }

  /** What is wrong with a table that was read to its end. */
  #wholeFaults({ rows, classes, columns }: LoansStatistics): string[] {
    const { dataset, isAsOf, dates } = this.#extent;
    const since = isAsOf ? ` with ${dataset.spec.time} before ${dates.data_interval_end.toISOString()} (AS_OF)` : '';
    if (rows === 0) return [`there are no rows${since}`];
    const { min_rows: minRows = 0, max_null_share: maxNullShare = {} } = dataset.spec.checks ?? {};
    const faults = rows < minRows ? [`there are ${rows} rows, expected at least ${minRows} (checks.min_rows)`] : [];
    for (const [name, most] of Object.entries(maxNullShare)) {
      const share = (columns[name]?.nulls ?? 0) / rows;
      if (share > most)
        faults.push(`column ${name} is NULL in ${share.toFixed(4)} of the rows, expected at most ${most} (checks)`);
    }
    const least = dataset.isStratified ? 2 : 1;
    if (Math.min(classes[0], classes[1]) >= least) return faults;
    const [zero, one] = dataset.classNames;
    const found = `found ${classes[0]} ${zero} (0) and ${classes[1]} ${one} (1)`;
    const expected = `at least ${least} ${least === 1 ? 'row' : 'rows'} of each class`;
    return [...faults, `column ${dataset.label.column} must hold ${expected}, ${found}`];
  }

  async #violationFault({ column, rule, count }: Violation): Promise<string> {
    const { rows } = await this.#database.query<{ offender: string }>(this.#query.offenders(column, rule));
    const ids = rows.map(({ offender }) => offender).join(', ');
    const found = faultTexts[rule] ?? `is not ${column.rule}`;
    return `column ${column.name} ${found} in ${count} ${count === 1 ? 'row' : 'rows'} (first ids: ${ids})`;
  }

  /** Where ids are not unique, "in id order" is no order: the same rows could give other artifacts. */
  async #idFaults(): Promise<string[]> {
    const { id, table } = this.#extent.dataset.spec;
    if (table !== undefined) {
      const { rows: keys } = await this.#database.query(uniqueIdQuery, [quotedTable(table), id]);
      if (keys.length > 0) return [];
    }
    const { rows } = await this.#database.query<{ offender: string | null }>(this.#query.ambiguousIds());
    if (rows.length === 0) return [];
    const ids = rows.map(({ offender }) => offender ?? 'NULL').join(', ');
    return [`column ${id} must be unique and not NULL (first ids that are not: ${ids})`];
  }

  #translated(error: unknown): unknown {
    return this.#extent.dataset.spec.query === undefined ? error : queryError(error, 'the query of the dataset');
  }
}

/** What is wrong with a cell that breaks a rule; outside its range it is not what its column says. */
const faultTexts: Readonly<Partial<Record<Rule, string>>> = {
  null: 'is NULL',
  finite: 'is not a finite number (of at most 15 digits, if whole)',
  whole: 'is not a whole number',
};

interface Description {
  readonly columns: readonly TableColumn[];
  readonly estimate: number | null;
}

async function describeTable(database: Database, table: string): Promise<Description> {
  const { rows } = await database.query<TableColumn & { estimate: number }>(columnsQuery, [quotedTable(table)]);
  const [column] = rows;
  if (!column) {
    const advice = "set LOANS_TABLE or DATASET, or let 'npx pipeline seed-loans' make one to try";
    throw new BadData(`there is no table ${table} in ${database.address}: ${advice}`);
  }
  return { columns: rows, estimate: column.estimate > 0 ? column.estimate : null };
}

/** Prepared by itself, so that it is one statement and its end is where it ends; the snapshot refuses one that writes. */
async function describeQuery(database: Database, { dataset, dates }: Extent): Promise<Description> {
  const source = relation(dataset, dates);
  try {
    await database.prepare(`PREPARE loans AS ${source.slice(1, -1)}`);
    const { fields } = await database.query(`SELECT * FROM ${source} loan LIMIT 0`);
    const oids = [...new Set(fields.map(({ dataTypeID }) => dataTypeID))];
    const { rows } = await database.query<{ oid: number; type: string }>(typeNamesQuery, [oids]);
    const types = new Map(rows.map(({ oid, type }) => [oid, type]));
    const columns = fields.map(({ name, dataTypeID }) => ({ name, type: types.get(dataTypeID) ?? 'unknown' }));
    return { columns, estimate: null };
  } catch (error) {
    throw queryError(error, 'the query of the dataset');
  }
}
