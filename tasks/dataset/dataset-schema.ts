import { z } from 'zod';

const mostFeatures = 500;
const mostCategories = 1000;
/** A byte says which a row is in; missing is one more. */
const mostGroups = 255;
const longestName = 63;

const columnName = z
  .string()
  .regex(/^[^\p{Cc},"]+$/u, 'must be a column name without commas, quotes and control characters')
  .refine((name) => Buffer.byteLength(name) <= longestName, `must have at most ${longestName} bytes`)
  // JavaScript would not keep such names in the order of the file
  .refine((name) => !/^\d+$/.test(name), 'must not be a whole number: give the column a name in a query');

const tableName = z
  .string()
  .regex(/^[^\p{Cc}."]{1,63}(\.[^\p{Cc}."]{1,63})?$/u, 'must be a table name, as loans or schema.loans')
  .describe('The table, as `loans` or `schema.loans`.');

const query = z
  .string()
  .min(1)
  .describe(
    'In place of a table: one SELECT. :logical_date, :data_interval_start and :data_interval_end stand for dates.',
  );

/** As YAML has it: `1`, `true` and `bad` are compared by their text. */
const scalar = z.union([z.string(), z.number(), z.boolean()], 'must be a text, a number, true or false');

const nullable = z
  .boolean()
  .optional()
  .describe('Whether NULL is a value: it is missing, and the forest learns from that.');

const bounds = {
  min: z.number().optional(),
  max: z.number().optional(),
  exclusive: z.boolean().optional().describe('Whether min and max themselves are not allowed.'),
};

const feature = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ type: z.literal('decimal'), ...bounds, nullable }),
    z.strictObject({ type: z.literal('integer'), ...bounds, nullable }),
    z.strictObject({ type: z.literal('boolean').describe('Becomes 0 and 1.'), nullable }),
    z.strictObject({
      type: z.literal('category').describe('Becomes 0, 1, 2, … in the order of its values.'),
      values: z.array(scalar).min(1, 'must name at least one value').max(mostCategories),
      nullable,
    }),
    z.strictObject({ type: z.literal('timestamp').describe('Becomes seconds since 1970, UTC.'), nullable }),
  ],
  { error: 'must have a type: decimal, integer, boolean, category or timestamp' },
);

const label = z.strictObject({
  column: columnName,
  positive: scalar.optional().describe('The value of class 1 (default: 1, or true).'),
  negative: scalar.optional().describe('The value of class 0 (default: the only other one).'),
  names: z
    .tuple([columnName, columnName], 'must be two names, of class 0 and of class 1')
    .optional()
    .describe('What class 0 and class 1 are called.'),
});

const share = z.number().min(0).max(1);

const grouping = z.union(
  [z.array(z.number()).min(1, 'must name at least one edge').max(100, 'must name at most 100 edges'), z.literal(true)],
  'must be the edges of groups, as [25, 35, 50], or true: each value is a group',
);

/**
 * What a table of loans is called, and what its columns are. Optional is what may be left out, so that the canonical text
 * stays the same when something is added here.
 */
export const datasetSchema = z
  .strictObject({
    $schema: z.string().optional(),
    table: tableName.optional(),
    query: query.optional(),
    id: columnName.describe('Unique and not NULL: the identity and the order of the rows.'),
    label,
    features: z.record(columnName, feature).describe('The columns that the model takes, in its order.'),
    time: columnName.optional().describe('When a row came about: for AS_OF=data-interval-end.'),
    split: z
      .strictObject({
        test_size: z.number().gt(0).lt(1).optional(),
        random_state: z.int().min(0).max(4_294_967_295).optional(),
        stratify: z.boolean().optional(),
      })
      .optional()
      .describe("As scikit-learn's train_test_split; TEST_SIZE and RANDOM_STATE win."),
    checks: z
      .strictObject({
        min_rows: z.int().min(1).optional(),
        max_null_share: z.record(columnName, share).optional(),
      })
      .optional()
      .describe('What else must hold for the rows that are read.'),
    groups: z
      .record(columnName, grouping)
      .optional()
      .describe(
        'Features whose groups are compared with each other: edges of numbers, or true for a category or a boolean.',
      ),
  })
  .superRefine((dataset, context) => {
    for (const fault of contradictions(dataset)) context.addIssue({ code: 'custom', message: fault });
  });

export type DatasetSpec = z.output<typeof datasetSchema>;
export type FeatureSpec = z.output<typeof feature>;

/** What no field shows alone. */
function contradictions({ table, query, id, label, features, time, checks, groups }: DatasetSpec): string[] {
  const names = Object.keys(features);
  const faults: string[] = [];
  if ((table === undefined) === (query === undefined)) faults.push('must name either a table or a query');
  if (names.length < 1 || names.length > mostFeatures)
    faults.push(`must name 1 to ${mostFeatures} features, found ${names.length}`);
  if (id === label.column) faults.push(`column ${id} cannot be both id and label`);
  if (names.includes(id)) faults.push(`column ${id} cannot be both id and feature`);
  if (names.includes(label.column)) faults.push(`column ${label.column} cannot be both label and feature`);
  if (time === label.column) faults.push(`column ${time} cannot be both time and label`);
  if (String(label.positive ?? 1) === String(label.negative))
    faults.push('label.positive and label.negative must differ');
  for (const [name, found] of Object.entries(features)) faults.push(...featureFaults(name, found));
  for (const name of Object.keys(checks?.max_null_share ?? {})) {
    if (!features[name]?.nullable) faults.push(`checks.max_null_share.${name} must name a feature that is nullable`);
  }
  for (const [name, edges] of Object.entries(groups ?? {})) faults.push(...groupFaults(name, features[name], edges));
  return faults;
}

function featureFaults(name: string, feature: FeatureSpec): string[] {
  if (feature.type === 'category') {
    const texts = feature.values.map(String);
    const twice = texts.find((text, i) => texts.indexOf(text) < i);
    return twice === undefined ? [] : [`features.${name} has the value ${JSON.stringify(twice)} twice`];
  }
  if (feature.type !== 'decimal' && feature.type !== 'integer') return [];
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, exclusive = false } = feature;
  const hasRoom = exclusive ? min < max : min <= max;
  return hasRoom ? [] : [`features.${name} leaves no value between min ${min} and max ${max}`];
}

function groupFaults(name: string, feature: FeatureSpec | undefined, edges: z.output<typeof grouping>): string[] {
  const isNumber = feature?.type === 'decimal' || feature?.type === 'integer';
  if (edges === true) {
    if (feature?.type === 'boolean') return [];
    if (feature?.type !== 'category') return [`groups.${name} is true, so it must name a category or boolean feature`];
    return feature.values.length > mostGroups ? [`groups.${name} has more than ${mostGroups} values`] : [];
  }
  if (!isNumber) return [`groups.${name} has edges, so it must name a decimal or integer feature`];
  const isAscending = edges.every((edge, i) => i === 0 || edge > (edges[i - 1] ?? edge));
  return isAscending ? [] : [`groups.${name} must have its edges in ascending order`];
}
