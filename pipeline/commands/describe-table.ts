import { stringify } from 'yaml';
import { quotedName, quotedTable } from '../../tasks/loans/loans-query.ts';
import { columnsQuery, featureTypeOf, type TableColumn } from '../../tasks/loans/loans-table.ts';
import { BadData } from '../../tasks/runtime/errors.ts';
import type { Database } from '../../tasks/runtime/postgres/database.ts';

/** So many values, and a text is still taken for a category. */
const mostValues = 50;
const likelyLabel = /default|delinq|label|target|outcome|churn|\bbad\b|^y$/i;
const likelyTime = /creat|appl|open|issue|time|date/i;

interface Seen extends TableColumn {
  readonly isKey: boolean;
  readonly rows: number;
  readonly nulls: number;
  readonly min: string | null;
  readonly max: string | null;
  /** In order; of an enumeration all that its type has, in its order. Undefined where there are more than `mostValues`. */
  readonly values: readonly string[] | undefined;
}

/**
 * A dataset for the table, as YAML with what was seen of each column as comments: to look through, not to trust.
 * @throws BadData when there is no such table
 */
export async function describeTable(database: Database, table: string): Promise<string> {
  const { rows: columns } = await database.query<TableColumn>(columnsQuery, [quotedTable(table)]);
  if (columns.length === 0) throw new BadData(`there is no table ${table} in ${database.address}`);
  const seen: Seen[] = [];
  for (const column of columns) seen.push(await look(database, table, column));
  return datasetText(table, seen);
}

async function look(database: Database, table: string, { name, type }: TableColumn): Promise<Seen> {
  const [source, value] = [quotedTable(table), quotedName(name)];
  const hasRange = ['decimal', 'integer', 'timestamp'].includes(featureTypeOf(type) ?? '');
  const range = hasRange ? `min(${value})::text AS min, max(${value})::text AS max` : 'NULL AS min, NULL AS max';
  const counts = `count(*)::float8 AS rows, (count(*) - count(${value}))::float8 AS nulls`;
  const { rows } = await database.query<Pick<Seen, 'rows' | 'nulls' | 'min' | 'max'>>(
    `SELECT ${counts}, ${range} FROM ${source}`,
  );
  const { rows: found } = await (type === 'enum'
    ? database.query<{ value: string }>(
        `SELECT enumlabel AS value FROM pg_enum JOIN pg_attribute ON atttypid = enumtypid
         WHERE attrelid = to_regclass($1) AND attname = $2 ORDER BY enumsortorder LIMIT ${mostValues + 1}`,
        [source, name],
      )
    : database.query<{ value: string }>(
        `SELECT ${value}::text AS value FROM ${source} WHERE ${value} IS NOT NULL GROUP BY 1 ORDER BY 1 LIMIT ${mostValues + 1}`,
      ));
  const { rows: keys } = await database.query(
    `SELECT 1 FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
     WHERE indrelid = to_regclass($1) AND indisprimary AND indnkeyatts = 1 AND attname = $2`,
    [source, name],
  );
  const [summary = { rows: 0, nulls: 0, min: null, max: null }] = rows;
  const values = found.length > mostValues ? undefined : found.map((row) => row.value);
  return { name, type, ...summary, isKey: keys.length > 0, values };
}

function datasetText(table: string, seen: readonly Seen[]): string {
  const id = seen.find(({ isKey }) => isKey) ?? seen.find(({ name }) => name.toLowerCase() === 'id') ?? seen[0];
  const label = likelyLabelOf(seen.filter((column) => column !== id));
  const times = seen.filter(({ name, type }) => featureTypeOf(type) === 'timestamp' && likelyTime.test(name));
  const time = times.find(({ name }) => /^creat/i.test(name)) ?? times[0];
  const features = seen.filter((column) => ![id, label, time].includes(column));
  const rows = (seen[0]?.rows ?? 0).toLocaleString('en-US');
  return [
    `# Made from the table ${table} of ${rows} rows. What it cannot know: whether a column is there when a loan is asked for,`,
    '# and which values are possible beyond those seen. Look through it, then: npx pipeline dataset --check FILE',
    `table: ${flow(table)}`,
    `id: ${flow(id?.name)}${id?.isKey ? '' : '   # must be unique and not NULL'}`,
    label ? labelLine(label) : 'label: {column: }   # no column has exactly two values: name the one to predict',
    ...(time
      ? [`time: ${flow(time.name)}   # when a row came about, for AS_OF=data-interval-end: a guess by its name`]
      : []),
    'features:',
    ...features.map((column) => `  ${featureLine(column)}`),
    '',
  ].join('\n');
}

function likelyLabelOf(columns: readonly Seen[]): Seen | undefined {
  const binary = columns.filter(({ values, nulls }) => values?.length === 2 && nulls === 0);
  return binary.find(({ name }) => likelyLabel.test(name)) ?? binary.at(-1);
}

function labelLine({ name, values = [] }: Seen): string {
  const isPlain = ['0,1', 'false,true'].includes(values.join());
  const positive = isPlain ? {} : { positive: values[1] };
  return `label: ${flow({ column: name, ...positive })}   # ${values.join(' and ')} seen: positive is what is to be found`;
}

function featureLine({ name, type, values, min, max, nulls, rows }: Seen): string {
  const featureType = featureTypeOf(type);
  const remarks = nulls > 0 ? [`NULL in ${((100 * nulls) / rows).toFixed(1)} %`] : [];
  if (min !== null && max !== null) remarks.unshift(`from ${min} to ${max}`);
  const isCategory = featureType === 'category';
  if (rows > 0 && nulls === rows) return `# ${flow(name)}: ${type}, NULL in every row`;
  if (!featureType || (isCategory && !values?.length))
    return `# ${flow(name)}: ${type}${isCategory && !values ? ` with more than ${mostValues} values` : ''}`;
  const spec = { type: featureType, ...(isCategory ? { values } : {}), ...(nulls > 0 ? { nullable: true } : {}) };
  const comment = remarks.length > 0 ? `   # ${remarks.join(', ')}` : '';
  return `${flow(name)}: ${flow(spec)}${comment.replaceAll('\n', ' ')}`;
}

/** On one line. */
function flow(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 }).trimEnd();
}
