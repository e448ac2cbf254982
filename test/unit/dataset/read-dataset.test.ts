import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ofCreditDefault } from '../../../tasks/dataset/dataset.ts';
import { InvalidDataset, parseDataset, readDataset } from '../../../tasks/dataset/read-dataset.ts';

const fine = `
table: risk.applications
id: application_id
label: {column: defaulted, positive: 1, names: [repaid, default]}
features:
  income:      {type: decimal, min: 0, exclusive: true}
  employment:  {type: category, values: [none, part, full]}
  is_owner:    {type: boolean}
  bureau_hits: {type: integer, min: 0, nullable: true}
  opened:      {type: timestamp}
time: created_at
split: {test_size: 0.25, random_state: 7, stratify: true}
checks: {min_rows: 1000, max_null_share: {bureau_hits: 0.2}}
`;

function faultsOf(text: string): readonly string[] {
  try {
    parseDataset(text);
    return [];
  } catch (error) {
    assert.ok(error instanceof InvalidDataset, String(error));
    return error.faults;
  }
}

test('a dataset says what each column of the CSV is', () => {
  const { columns, source, classNames, hasMissingValues, isStratified } = parseDataset(fine);
  assert.deepEqual(
    columns.map(({ name, isWhole, isNullable, min, rule }) => [name, isWhole, isNullable, min, rule]),
    [
      ['income', false, false, Number.MIN_VALUE, 'above 0 and finite'],
      ['employment', true, false, 0, 'one of none, part, full'],
      ['is_owner', true, false, 0, 'true or false'],
      ['bureau_hits', true, true, 0, '0 or more'],
      ['opened', false, false, -3.4028234663852886e38, 'a finite time'],
      ['defaulted', true, false, 0, '1 or one other value'],
    ],
  );
  assert.deepEqual(
    [source, classNames, hasMissingValues, isStratified],
    ['table risk.applications', ['repaid', 'default'], true, true],
  );
});

test('YAML, JSON and another order of the fields give the same canonical text', () => {
  const dataset = parseDataset(fine);
  const { features, ...others } = dataset.spec;
  assert.equal(parseDataset(dataset.text).text, dataset.text);
  assert.equal(parseDataset(JSON.stringify({ features, ...others, $schema: 'x.json' })).sha256, dataset.sha256);
  const reordered = Object.fromEntries(Object.entries(features).toReversed());
  assert.notEqual(parseDataset(JSON.stringify({ ...others, features: reordered })).sha256, dataset.sha256);
});

test('the loans of the article are known in any table, and with nothing else about them changed', () => {
  const { text } = ofCreditDefault;
  assert.ok(parseDataset(text).isCreditDefault);
  assert.ok(ofCreditDefault.withTable('risk.loans').isCreditDefault);
  const { groups: _, ...withoutGroups } = ofCreditDefault.spec;
  assert.ok(parseDataset(JSON.stringify(withoutGroups)).isCreditDefault);
  assert.ok(!parseDataset(JSON.stringify({ ...withoutGroups, groups: { age: [40] } })).isCreditDefault);
  assert.ok(!parseDataset(text.replace('"min":18', '"min":21')).isCreditDefault);
  assert.ok(!parseDataset(fine).isCreditDefault);
});

test('a file is read by its path, and a text of several lines or in braces is taken as it is', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dataset-'));
  try {
    const path = join(folder, 'loans.yaml');
    writeFileSync(path, fine);
    assert.equal(readDataset(path).text, readDataset(fine).text);
    assert.equal(readDataset(readDataset(path).text).text, readDataset(fine).text);
    assert.throws(() => readDataset(join(folder, 'none.yaml')), /cannot be read \(ENOENT/);
    assert.throws(() => readDataset(folder), /cannot be read \(EISDIR/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('bounds that exclude themselves end beside them', () => {
  const [whole, decimal, ...others] = parseDataset(`
table: t
id: id
label: {column: y}
features:
  whole: {type: integer, min: 3, max: 9, exclusive: true}
  decimal: {type: decimal, min: -2, max: 1, exclusive: true}
  open: {type: decimal}
  above: {type: decimal, min: 5}
`).columns;
  assert.deepEqual([whole?.min, whole?.max, whole?.rule], [4, 8, 'above 3 and below 9']);
  assert.deepEqual([decimal?.min, decimal?.max], [-2 + 2 ** -52, 1 - 2 ** -53]);
  assert.deepEqual(
    others.map(({ rule }) => rule),
    ['finite', '5 or more and finite', '0 or 1'],
  );
});

const many = (count: number) => Array.from({ length: count }, (_, i) => `  f${i}: {type: decimal}`).join('\n');
const withFeatures = (features: string) => `table: t\nid: id\nlabel: {column: y}\nfeatures:\n${features}\n`;

const faults: readonly [what: string, text: string, ...sentences: RegExp[]][] = [
  ['no YAML', 'a: [1,\n', /^is neither YAML nor JSON: /],
  ['a key twice', `${fine}\nid: other\n`, /Map keys must be unique/],
  [
    'a bomb',
    `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefg'.replaceAll(/./g, (to) => `${to}: &${to} [${Array(9).fill(`*${String.fromCharCode(to.charCodeAt(0) - 1)}`)}]\n`)}`,
    /alias count/,
  ],
  ['nothing', '\n', /^must be a mapping/],
  ['deep nesting', `${'['.repeat(40_000)}\n`, /neither YAML nor JSON/],
  ['a text too long', `${fine}# ${'x'.repeat(100_000)}`, /at most 100000 bytes/],
  ['no label', fine.replace(/^label:.*$/m, ''), /^label is missing$/],
  ['an unknown field', fine.replace('time:', 'tiem:'), /^has no field tiem$/],
  ['table and query', `${fine}query: SELECT 1\n`, /either a table or a query/],
  ['neither', fine.replace('table: risk.applications', ''), /either a table or a query/],
  ['no features', 'table: t\nid: id\nlabel: {column: y}\nfeatures: {}\n', /1 to 500 features, found 0/],
  ['501 features', withFeatures(many(501)), /1 to 500 features, found 501/],
  ['an unknown type', fine.replace('boolean', 'bool'), /^features\.is_owner.*must have a type: decimal, integer/],
  ['a category without values', fine.replace('[none, part, full]', '[]'), /employment\.values: must name at least one/],
  ['a value twice', fine.replace('none, part', 'none, none'), /features\.employment has the value "none" twice/],
  [
    'bounds without room',
    fine.replace('min: 0, exclusive', 'min: 0, max: 0, exclusive'),
    /income leaves no value between min 0 and max 0/,
  ],
  ['the id as feature', fine.replace('  income:', '  application_id:'), /both id and feature/],
  ['the label as feature', fine.replace('  income:', '  defaulted:'), /both label and feature/],
  ['the id as label', fine.replace('column: defaulted', 'column: application_id'), /both id and label/],
  [
    'two equal labels',
    fine.replace('positive: 1', 'positive: 1, negative: 1'),
    /positive and label.negative must differ/,
  ],
  [
    'a share of a column that is not nullable',
    fine.replace('{bureau_hits: 0.2}', '{income: 0.2}'),
    /max_null_share\.income must name a feature that is nullable/,
  ],
  ['edges that fall', `${fine}groups: {bureau_hits: [3, 1]}\n`, /groups\.bureau_hits must have its edges in ascending/],
  ['edges of a category', `${fine}groups: {employment: [1]}\n`, /employment has edges, so it must name a decimal/],
  [
    'each value of a number as a group',
    `${fine}groups: {income: true}\n`,
    /income is true, so it must name a category/,
  ],
  ['groups of no feature', `${fine}groups: {age: [25]}\n`, /groups\.age has edges, so it must name a decimal/],
  ['no edges', `${fine}groups: {income: []}\n`, /^groups\.income: must name at least one edge/],
  [
    'groups of more values than can be told apart',
    `${fine.replace('[none, part, full]', `[${Array.from({ length: 256 }, (_, i) => i)}]`)}groups: {employment: true}\n`,
    /groups\.employment has more than 255 values/,
  ],
  ['a comma in a name', fine.replace('  income:', '  "a,b":'), /column name without commas, quotes and control/],
  ['a line end in a name', fine.replace('  income:', '  "a\\nb":'), /column name without commas, quotes and control/],
  ['a long name', fine.replace('  income:', `  ${'ä'.repeat(32)}:`), /at most 63 bytes/],
  ['a name of digits', fine.replace('  income:', '  2023:'), /must not be a whole number/],
  ['a name that would be lost', fine.replace('  income:', '  __proto__:'), /__proto__ cannot be the name of a column/],
  ['a table with quotes', fine.replace('risk.applications', `'t"; DROP TABLE x'`), /^table: must be a table name/],
  [
    'a password',
    `${fine}`.replace('table: risk.applications', "query: SELECT * FROM dblink('host=h password=x')"),
    /must hold no password/,
  ],
  [
    'a URL with a password',
    fine.replace('table: risk.applications', 'query: SELECT $$postgresql://me:secret@host/db$$'),
    /must hold no password/,
  ],
  [
    'several at once',
    fine.replace('boolean', 'bool').replace('test_size: 0.25', 'test_size: 1'),
    /is_owner/,
    /split\.test_size/,
  ],
];

for (const [what, text, ...sentences] of faults) {
  test(`${what} is refused, each fault by a sentence`, () => {
    const found = faultsOf(text);
    assert.equal(found.length, sentences.length, found.join('\n'));
    for (const [i, sentence] of sentences.entries()) assert.match(found[i] ?? '', sentence);
  });
}
