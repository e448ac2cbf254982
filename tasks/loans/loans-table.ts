import type { Rule } from './column-check.ts';
import { type ColumnLimits, columnNames, limits } from './loan-columns.ts';

/** A column as the database declares it. */
export interface TableColumn {
  readonly name: string;
  /** Its base type, as PostgreSQL writes it. */
  readonly type: string;
  /** How many rows the table had when the server last counted; 0 or less where it never has. */
  readonly estimate: number;
}

const wholeTypes = ['smallint', 'integer', 'bigint'];
const numberTypes = [...wholeTypes, 'numeric', 'real', 'double precision'];
const idTypes = [...wholeTypes, 'numeric', 'uuid', 'text', 'character varying'];

const expectedTypes: ReadonlyMap<string, readonly string[]> = new Map([
  ['id', idTypes],
  ...limits.map(({ name, type }) => [name, type === 'integer' ? wholeTypes : numberTypes] as const),
]);

/** Asks for the columns of the table named in $1 (quoted); there are none if there is no such table. */
export const columnsQuery = `
  SELECT attname AS name, format_type(coalesce(nullif(typbasetype, 0), pg_type.oid), NULL) AS type, reltuples AS estimate
  FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid JOIN pg_type ON pg_type.oid = atttypid
  WHERE pg_class.oid = to_regclass($1) AND attnum > 0 AND NOT attisdropped`;

/** What keeps these columns from being a loans table, a sentence each. */
export function columnFaults(found: readonly TableColumn[]): string[] {
  return [...expectedTypes].flatMap(([name, types]) => {
    const column = found.find((candidate) => candidate.name === name);
    if (!column) return [`column ${name} is missing`];
    return types.includes(column.type) ? [] : [`column ${name} is ${column.type}, expected ${oneOf(types)}`];
  });
}

/** The table's name for use in SQL: exactly as it is given, and nothing but a name. */
export function quotedTable(name: string): string {
  return name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.');
}

/** @param limit how many rows at most; by default all */
export function copyQuery(table: string, limit?: number): string {
  const first = limit === undefined ? '' : ` LIMIT ${limit}`;
  const query = `SELECT ${columnNames.join(', ')} FROM ${quotedTable(table)} ORDER BY id${first}`;
  return `COPY (${query}) TO STDOUT (FORMAT csv, HEADER)`;
}

/** Finds a row where a key or an index holds the ids of the table in $1 (quoted) unique and not NULL. */
export const uniqueIdQuery = `
  SELECT 1 FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
  WHERE indrelid = to_regclass($1) AND indisunique AND indisvalid AND indnkeyatts = 1 AND indpred IS NULL
    AND attname = 'id' AND attnotnull`;

/** Asks for the first ids that are NULL or not unique. */
export function ambiguousIdsQuery(table: string): string {
  const groups = `SELECT id, count(*) AS times FROM ${quotedTable(table)} GROUP BY id`;
  return `SELECT id::text AS offender FROM (${groups}) ids WHERE id IS NULL OR times > 1 ORDER BY id NULLS FIRST LIMIT 5`;
}

/** Asks for the first ids of the rows that break the rule. */
export function offendersQuery(table: string, { name, min, max }: ColumnLimits, rule: Rule): string {
  // as text, because neither a numeric of 400 digits nor NaN can be compared with a double
  const notFinite = `loan.${name}::text ~ '^(NaN|-?Infinity|-?[0-9]{16,})$'`;
  const broken = {
    null: `loan.${name} IS NULL`,
    finite: notFinite,
    whole: `loan.${name} <> trunc(loan.${name})`,
    range: `NOT (loan.${name} BETWEEN ${min} AND ${max} OR ${notFinite})`,
  };
  return `SELECT loan.id::text AS offender FROM ${quotedTable(table)} loan WHERE ${broken[rule]} ORDER BY loan.id LIMIT 5`;
}

/** What is wrong with a cell that breaks the rule. */
export function faultText(limits: ColumnLimits, rule: Rule): string {
  const texts = {
    null: 'is NULL',
    finite: 'is not a finite number (of at most 15 digits, if whole)',
    whole: 'is not a whole number',
    range: `is not ${limits.rule}`,
  };
  return texts[rule];
}

function oneOf(types: readonly string[]): string {
  return `${types.slice(0, -1).join(', ')} or ${types.at(-1)}`;
}
