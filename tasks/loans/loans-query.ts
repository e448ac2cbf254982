import type { Dataset } from '../dataset/dataset.ts';
import type { DatasetColumn } from '../dataset/dataset-column.ts';
import type { Rule } from './column-check.ts';
import { quotedText, type RunDates, withDates } from './query-dates.ts';

/** Which rows of a dataset are read: with `isAsOf`, those whose time lies before the end of the data interval. */
export interface Extent {
  readonly dataset: Dataset;
  readonly dates: RunDates;
  readonly isAsOf: boolean;
}

/** The types that the database gave the columns, by name. */
export type ColumnTypes = ReadonlyMap<string, string>;

/** The SQL that reads the loans of a dataset: what is selected from is called `loan`. */
export class LoansQuery {
  readonly #dataset: Dataset;
  readonly #types: ColumnTypes;
  readonly #from: string;
  readonly #id: string;

  constructor({ dataset, dates, isAsOf }: Extent, types: ColumnTypes) {
    const { id, time = '' } = dataset.spec;
    this.#dataset = dataset;
    this.#types = types;
    this.#id = `loan.${quotedName(id)}`;
    const end = `timestamptz ${quotedText(dates.data_interval_end.toISOString())}`;
    const condition = isAsOf ? `loan.${quotedName(time)} < ${end}` : 'true';
    this.#from = `${relation(dataset, dates)} loan WHERE ${condition}`;
  }

  /**
   * The features in their order and the label, in id order, as CSV.
   * @param limit how many rows at most; by default all
   */
  copy(limit?: number): string {
    const cells = this.#dataset.columns.map((column) => `${this.#cell(column)} AS ${quotedName(column.name)}`);
    const first = limit === undefined ? '' : ` LIMIT ${limit}`;
    const query = `SELECT ${cells.join(', ')} FROM ${this.#from} ORDER BY ${this.#id}${first}`;
    return `COPY (${query}) TO STDOUT (FORMAT csv, HEADER)`;
  }

  /** Asks for the first ids that are NULL or not unique. */
  ambiguousIds(): string {
    const groups = `SELECT ${this.#id} AS id, count(*) AS times FROM ${this.#from} GROUP BY 1`;
    return `SELECT id::text AS offender FROM (${groups}) ids WHERE id IS NULL OR times > 1 ORDER BY id NULLS FIRST LIMIT 5`;
  }

  /** Asks for the first ids of the rows that break the rule. */
  offenders(column: DatasetColumn, rule: Rule): string {
    const { min, max } = column;
    // as text, because neither a numeric of 400 digits nor NaN can be compared with a double
    const notFinite = `cell::text ~ '^(NaN|-?Infinity|-?[0-9]{16,})$'`;
    const broken = {
      null: 'cell IS NULL',
      finite: notFinite,
      whole: 'cell <> trunc(cell)',
      range: `NOT (cell BETWEEN ${min} AND ${max} OR ${notFinite})`,
    };
    const cells = `SELECT ${this.#id} AS id, ${this.#cell(column)} AS cell FROM ${this.#from}`;
    return `SELECT id::text AS offender FROM (${cells}) cells WHERE ${broken[rule]} ORDER BY id LIMIT 5`;
  }

  /** The number that a value is in the CSV. */
  #cell(column: DatasetColumn): string {
    const value = `loan.${quotedName(column.name)}`;
    switch (column.type) {
      case 'boolean':
        return `${value}::int`;
      case 'timestamp':
        return `extract(epoch FROM ${value})::double precision`;
      case 'category': {
        const categories = `ARRAY[${column.categories.map(quotedText).join(', ')}]::text[]`;
        return `CASE WHEN ${value} IS NOT NULL THEN coalesce(array_position(${categories}, ${value}::text), 0) - 1 END`;
      }
      case 'label':
        return this.#labelCell(value);
      default:
        return value;
    }
  }

  /** 2 where the value is neither that of class 1 nor that of class 0. */
  #labelCell(value: string): string {
    const { column, positive, negative } = this.#dataset.label;
    const isBoolean = this.#types.get(column) === 'boolean';
    if (positive === undefined && negative === undefined) return isBoolean ? `${value}::int` : value;
    const text = isBoolean ? `${value}::int::text` : `${value}::text`;
    const quoted = (label: string | number | boolean) => quotedText(String(isBoolean ? bit(label) : label));
    const one = quoted(positive ?? 1);
    const least = `(SELECT min(${text}) FROM ${this.#from} AND ${text} <> ${one})`;
    const zero = negative === undefined ? least : quoted(negative);
    return `CASE WHEN ${text} = ${one} THEN 1 WHEN ${text} = ${zero} THEN 0 WHEN ${value} IS NOT NULL THEN 2 END`;
  }
}

/** A value of a boolean column may be written as 1 or 0 too. */
function bit(label: string | number | boolean): string | number | boolean {
  const text = String(label);
  if (text === 'true') return 1;
  return text === 'false' ? 0 : label;
}

/** What stands behind FROM: the table, or the query with the dates of the run. */
export function relation({ spec: { table, query } }: Dataset, dates: RunDates): string {
  // a line end, so that a comment at the query's end does not take the bracket along
  return table === undefined ? `(\n${withDates(query ?? '', dates)}\n)` : quotedTable(table);
}

/** The table's name for use in SQL: exactly as it is given, and nothing but a name. */
export function quotedTable(name: string): string {
  return name.split('.').map(quotedName).join('.');
}

export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
