import type { DatasetColumn } from '../dataset/dataset-column.ts';
import type { ColumnTypes, Extent } from './loans-query.ts';

/** A column as the database declares it. */
export interface TableColumn {
  readonly name: string;
  /** Its base type, as PostgreSQL writes it; `enum` for any enumeration. */
  readonly type: string;
}

type FeatureType = Exclude<DatasetColumn['type'], 'label'>;

const wholeTypes = ['smallint', 'integer', 'bigint'];
const numberTypes = [...wholeTypes, 'numeric', 'real', 'double precision'];
const textTypes = ['text', 'character varying', 'character', 'enum'];
const timeTypes = ['date', 'timestamp without time zone', 'timestamp with time zone'];
const idTypes = [...wholeTypes, 'numeric', 'uuid', 'text', 'character varying'];

const typesOf: Readonly<Record<DatasetColumn['type'], readonly string[]>> = {
  decimal: numberTypes,
  integer: wholeTypes,
  boolean: ['boolean'],
  category: [...textTypes, ...wholeTypes, 'boolean'],
  timestamp: timeTypes,
  label: [...wholeTypes, 'boolean'],
};

/** What a column of this type of the database is as a feature, if it can be one. */
export function featureTypeOf(type: string): FeatureType | undefined {
  const featureTypes: readonly FeatureType[] = ['integer', 'decimal', 'boolean', 'timestamp', 'category'];
  return featureTypes.find((featureType) => typesOf[featureType].includes(type));
}

function typeText(oid: string): string {
  return `CASE typtype WHEN 'e' THEN 'enum' ELSE format_type(${oid}, NULL) END`;
}

/** Asks for the columns of the table named in $1 (quoted), and roughly its rows; there are none if there is no such table. */
export const columnsQuery = `
  SELECT attname AS name, ${typeText('coalesce(nullif(typbasetype, 0), pg_type.oid)')} AS type, reltuples AS estimate
  FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid JOIN pg_type ON pg_type.oid = atttypid
  WHERE pg_class.oid = to_regclass($1) AND attnum > 0 AND NOT attisdropped`;

/** Asks for the names of the types with the numbers in $1. */
export const typeNamesQuery = `SELECT oid::int AS oid, ${typeText('oid')} AS type FROM pg_type WHERE oid = ANY($1::oid[])`;

/** Finds a row where a key or an index holds the ids ($2) of the table in $1 (quoted) unique and not NULL. */
export const uniqueIdQuery = `
  SELECT 1 FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
  WHERE indrelid = to_regclass($1) AND indisunique AND indisvalid AND indnkeyatts = 1 AND indpred IS NULL
    AND attname = $2 AND attnotnull`;

/** What keeps these columns from being those of the dataset, a sentence each. */
export function columnFaults({ dataset, isAsOf }: Extent, found: readonly TableColumn[]): string[] {
  const { id, time, label } = dataset.spec;
  const labelTypes = label.positive === undefined && label.negative === undefined ? typesOf.label : typesOf.category;
  const expected: [string, readonly string[]][] = [
    [id, idTypes],
    ...dataset.columns.map(({ name, type }): [string, readonly string[]] => [
      name,
      type === 'label' ? labelTypes : typesOf[type],
    ]),
    ...(time === undefined || !isAsOf ? [] : [[time, timeTypes] satisfies [string, readonly string[]]]),
  ];
  return expected.flatMap(([name, types]) => {
    const [column, second] = found.filter((candidate) => candidate.name === name);
    if (!column) return [`column ${name} is missing${nearMiss(name, found)}`];
    if (second) return [`column ${name} is there twice`];
    return types.includes(column.type) ? [] : [`column ${name} is ${column.type}, expected ${oneOf(types)}`];
  });
}

export function columnTypes(found: readonly TableColumn[]): ColumnTypes {
  return new Map(found.map(({ name, type }) => [name, type]));
}

/** Names count by their capitals too, as between quotes in SQL. */
function nearMiss(name: string, found: readonly TableColumn[]): string {
  const near = found.find((column) => column.name.toLowerCase() === name.toLowerCase());
  return near ? ` (there is ${near.name})` : '';
}

function oneOf(types: readonly string[]): string {
  return types.length === 1 ? `${types[0]}` : `${types.slice(0, -1).join(', ')} or ${types.at(-1)}`;
}
