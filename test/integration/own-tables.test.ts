import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { artifactKey } from '../../tasks/artifacts/artifact-keys.ts';
import type { ArtifactName } from '../../tasks/artifacts/catalogue.ts';
import { DirectoryStore } from '../../tasks/artifacts/stores/directory/directory-store.ts';
import { parseDataset } from '../../tasks/dataset/read-dataset.ts';
import { readLoans } from '../../tasks/loans/read-loans.ts';
import { decodeModel } from '../../tasks/model/decode-model.ts';
import { findDifference } from '../parity/find-difference.ts';
import { runOurs } from '../parity/our-run.ts';
import { runPython } from '../parity/python-run.ts';
import { assertNothingPublished, startFetch } from '../support/fetch-attempt.ts';
import { runCommand } from '../support/pipeline-command.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { findPython, pythonMissing } from '../support/python.ts';

const python = findPython();
const timestamp = '20240101T000000';
const dag = 'credit_default_pipeline';
const trees = 10;

let postgres: TestPostgres;
let folder: string;
let runs = 0;

before(async () => {
  postgres = await startPostgres();
  folder = await mkdtemp(join(tmpdir(), 'own-tables-'));
});

after(async () => {
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A whole run on what the dataset says. */
async function runOn(dataset: string, settings: Record<string, string> = {}) {
  const store = new DirectoryStore(join(folder, `store-${runs++}`));
  const environment = {
    ARTIFACT_STORE: store.url,
    DATABASE_URL: postgres.url,
    DATASET: dataset,
    N_ESTIMATORS: String(trees),
    RETRIES: '0',
    ...settings,
  };
  const { code, said } = await runCommand(['run', '--logical-date', '2024-01-01'], environment);
  return { code, said, store };
}

async function artifactOf(store: DirectoryStore, name: ArtifactName): Promise<Buffer> {
  const object = await store.get(artifactKey(dag, timestamp, name));
  assert.ok(object, `${name} is published`);
  return buffer(Readable.from(object.body));
}

/** A number in [0, 1) for a row, the same in every database. */
const noise = (salt: number, row = 'i') => `(abs(hashint4(${row} * 31 + ${salt})) % 100000 / 100000.0)`;
const rows = (count: number) => `generate_series(1, ${count}) AS i`;
const wide = (count: number) =>
  Array.from({ length: count }, (_, f) => `round(${noise(f)}::numeric, 3) AS x${f}`).join();
const wideFeatures = (count: number) => Array.from({ length: count }, (_, f) => `  x${f}: {type: decimal}`).join('\n');
const label = 'label: {column: y}';

const withNulls = 'missing values';

/** Tables of other shapes: how each is made, and its dataset. */
const shapes: readonly [what: string, sql: string, dataset: string][] = [
  [
    'one feature',
    `CREATE TABLE one AS SELECT i AS id, i % 7 AS x, (i % 7 + i % 3 > 5)::int AS y FROM ${rows(300)}`,
    `table: one\nid: id\n${label}\nfeatures:\n  x: {type: integer, min: 0}\n`,
  ],
  [
    'two features, both boolean, and a boolean label',
    `CREATE TABLE two AS SELECT i AS id, i % 2 = 0 AS a, i % 3 = 0 AS b, ${noise(1)} < 0.3 AS y FROM ${rows(200)}`,
    `table: two\nid: id\n${label}\nfeatures:\n  b: {type: boolean}\n  a: {type: boolean}\n`,
  ],
  [
    '40 features',
    `CREATE TABLE forty AS SELECT i AS id, ${wide(40)}, (${noise(0)} + ${noise(1)} > 1)::int AS y FROM ${rows(400)}`,
    `table: forty\nid: id\n${label}\nfeatures:\n${wideFeatures(40)}\n`,
  ],
  [
    '200 features',
    `CREATE TABLE two_hundred AS SELECT i AS id, ${wide(200)}, (${noise(3)} > 0.6)::int AS y FROM ${rows(300)}`,
    `table: two_hundred\nid: id\n${label}\nfeatures:\n${wideFeatures(200)}\n`,
  ],
  [
    'categories of text, of an enumeration and of numbers, and a label of words',
    `CREATE TYPE grade AS ENUM ('A', 'B', 'C');
     CREATE TABLE categories AS SELECT i AS id, (ARRAY['none', 'part', 'full'])[1 + i % 3] AS employment,
       (ARRAY['A', 'B', 'C'])[1 + i % 2]::grade AS grade, (i % 4) * 10 AS region,
       CASE WHEN ${noise(5)} < 0.4 THEN 'bad' ELSE 'good' END AS outcome FROM ${rows(300)}`,
    `table: categories\nid: id\nlabel: {column: outcome, positive: bad, names: [good, bad]}\nfeatures:
  employment: {type: category, values: [none, part, full]}\n  grade: {type: category, values: [C, B, A]}
  region: {type: category, values: [0, 10, 20, 30]}\n`,
  ],
  [
    'one row of a class, which no stratified split could take',
    `CREATE TABLE lone AS SELECT i AS id, i AS x, (i = 40)::int AS y FROM ${rows(120)}`,
    `table: lone\nid: id\n${label}\nfeatures:\n  x: {type: integer}\nsplit: {stratify: false}\n`,
  ],
  [
    'constant columns',
    `CREATE TABLE constant AS SELECT i AS id, 5 AS five, 0.25 AS quarter, i % 9 AS x, (i % 9 > 5)::int AS y FROM ${rows(200)}`,
    `table: constant\nid: id\n${label}\nfeatures:\n  five: {type: integer}\n  x: {type: integer}\n  quarter: {type: decimal}\n`,
  ],
  [
    'ids that are uuids, and times',
    `CREATE TABLE uuids AS SELECT md5(i::text)::uuid AS key, timestamptz '2020-01-01+00' + i * interval '7.5 hours' AS opened,
       date '1960-01-01' + i AS born, (i % 5 = 0)::int AS y FROM ${rows(250)}`,
    `table: uuids\nid: key\n${label}\nfeatures:\n  opened: {type: timestamp}\n  born: {type: timestamp}\n`,
  ],
  [
    'ids that are texts, a label of 1 and 2, and names that need quotes',
    `CREATE SCHEMA "Risk";
     CREATE TABLE "Risk"."My Loans" AS SELECT 'L-' || lpad(i::text, 5, '0') AS "Loan Id", i % 11 AS "select",
       round(${noise(2)}::numeric, 2) AS "Einkommen (€)", 'x' AS unused, 1 + (i % 3 = 0)::int AS "Größe" FROM ${rows(250)}`,
    `table: Risk.My Loans\nid: Loan Id\nlabel: {column: Größe, positive: 2}\nfeatures:
  select: {type: integer}\n  Einkommen (€): {type: decimal, min: 0, max: 1}\n`,
  ],
  [
    'decimals of 30 digits',
    `CREATE TABLE digits AS SELECT i AS id, ${noise(4)}::numeric(32, 30) + i::numeric / 7 AS x,
       (${noise(6)} * 1e17)::numeric AS large, sqrt(i::float8) AS root, (i % 3 = 1)::int AS y FROM ${rows(300)}`,
    `table: digits\nid: id\n${label}\nfeatures:\n  x: {type: decimal}\n  large: {type: decimal}\n  root: {type: decimal}\n`,
  ],
  [
    withNulls,
    `CREATE TABLE nulls AS SELECT i AS id, CASE WHEN i % 4 > 0 THEN i % 11 END AS a, CASE WHEN i % 7 > 0 THEN ${noise(1)} END AS b,
       CASE WHEN i % 5 > 0 THEN i % 2 = 0 END AS c, NULL::int AS nothing, i % 13 AS d, (i % 4 = 0 OR ${noise(2)} < 0.3)::int AS y
     FROM ${rows(500)}`,
    `table: nulls\nid: id\n${label}\nfeatures:\n  a: {type: integer, nullable: true}\n  b: {type: decimal, nullable: true}
  c: {type: boolean, nullable: true}\n  nothing: {type: integer, nullable: true}\n  d: {type: integer, nullable: true}\n`,
  ],
];

/** As in "Give Me Some Credit" of Kaggle, and the default of credit card clients of UCI: their columns, types and gaps. */
const pays = [0, 2, 3, 4, 5, 6].map((month) => `i % ${7 + month} - 2 AS "PAY_${month}"`).join();
const bills = [1, 2, 3, 4, 5, 6].map((month) => `(${noise(month)} * 90000)::int - 500 AS "BILL_AMT${month}"`).join();
const payments = [1, 2, 3, 4, 5, 6].map((month) => `(${noise(20 + month)} * 9000)::int AS "PAY_AMT${month}"`).join();
const knownTables: readonly [name: string, features: number, hasNulls: boolean, sql: string][] = [
  [
    'kaggle',
    10,
    true,
    `CREATE TABLE kaggle AS SELECT i AS "Id", (${noise(1)} < 0.2)::int AS "SeriousDlqin2yrs",
       ${noise(2)}::float8 * 1.2 AS "RevolvingUtilizationOfUnsecuredLines", 21 + i % 70 AS age,
       i % 4 AS "NumberOfTime30-59DaysPastDueNotWorse", ${noise(3)}::float8 * 3 AS "DebtRatio",
       CASE WHEN i % 5 > 0 THEN (${noise(4)} * 9000)::int END AS "MonthlyIncome", i % 21 AS "NumberOfOpenCreditLinesAndLoans",
       i % 3 AS "NumberOfTimes90DaysLate", i % 6 AS "NumberRealEstateLoansOrLines",
       i % 2 AS "NumberOfTime60-89DaysPastDueNotWorse", CASE WHEN i % 40 > 0 THEN i % 5 END AS "NumberOfDependents"
     FROM ${rows(2000)}; ALTER TABLE kaggle ADD PRIMARY KEY ("Id")`,
  ],
  [
    'uci',
    23,
    false,
    `CREATE TABLE uci AS SELECT i AS "ID", (1 + i % 50) * 10000 AS "LIMIT_BAL", 1 + i % 2 AS "SEX", 1 + i % 4 AS "EDUCATION",
       1 + i % 3 AS "MARRIAGE", 21 + i % 50 AS "AGE", ${pays}, ${bills}, ${payments},
       (${noise(9)} < 0.22)::int AS "default.payment.next.month" FROM ${rows(2000)}; ALTER TABLE uci ADD PRIMARY KEY ("ID")`,
  ],
];

/** From 1.4 on scikit-learn's forests take missing values. */
const takesMissing = Number(python?.version.split('.')[1]) >= 4;

describe('a table of your own', { concurrency: 2, skip: python ? false : pythonMissing }, () => {
  for (const [what, sql, text] of shapes) {
    const skip =
      what === withNulls && !takesMissing ? `scikit-learn ${python?.version} takes no missing values` : false;
    test(`with ${what} gives what pandas and scikit-learn give`, { skip }, async () => {
      assert.ok(python);
      await postgres.query(sql);
      const { code, said, store } = await runOn(text);
      assert.equal(code, 0, said);

      const dataset = parseDataset(text);
      const loans = await artifactOf(store, 'loans');
      const work = await mkdtemp(join(folder, 'python-'));
      await writeFile(join(work, 'loans.csv'), loans);
      const parameters = { nEstimators: trees, maxDepth: 10, randomState: 42, testSize: 0.2 };
      const theirs = runPython(python, dataset, join(work, 'loans.csv'), work, parameters).run;
      const ours = await runOurs(dataset, await readLoans(dataset, Readable.from([loans])), parameters);
      assert.equal(findDifference(ours.run, theirs, python.version), undefined);
      assert.deepEqual(await artifactOf(store, 'testLoans'), theirs.testCsv);
      assert.equal((await artifactOf(store, 'metrics')).toString(), ours.run.metricsText);
      const { metadata } = decodeModel(await artifactOf(store, 'model'));
      assert.equal(metadata.dataset, dataset.text);
      assert.equal(metadata.dataset_sha256, dataset.sha256);
    });
  }
});

describe('a credit table of the trade', { concurrency: 2 }, () => {
  for (const [name, features, hasNulls, sql] of knownTables) {
    test(`${name}: runs on the dataset that is written from it, as it is`, async () => {
      await postgres.query(sql);
      const environment = { DATABASE_URL: postgres.url, ARTIFACT_STORE: `file://${folder}/unused` };
      const written = await runCommand(['dataset', '--from-table', name], environment);
      assert.equal(written.code, 0, written.said);
      const dataset = parseDataset(written.said);
      assert.deepEqual([dataset.features.length, dataset.hasMissingValues], [features, hasNulls], written.said);
      const path = join(folder, `${name}.yaml`);
      await writeFile(path, written.said);
      const checked = await runCommand(['dataset', path, '--check'], environment);
      assert.match(checked.said, new RegExp(`table ${name} can be read, and its 2,000 rows can be trained on`));
      const { code, said, store } = await runOn(path);
      assert.equal(code, 0, said);
      const { forest } = decodeModel(await artifactOf(store, 'model'));
      assert.equal(forest.featureNames.length, features);
      assert.equal(forest.missingGoToLeft !== undefined, hasNulls);
    });
  }
});

describe('the database and the dataset', { concurrency: 2 }, () => {
  const columns = 'id: id\nlabel: {column: y}\nfeatures:\n  x: {type: integer}\n';

  before(async () => {
    await postgres.query(`CREATE TABLE source AS SELECT i AS id, i % 5 AS x, (i % 5 > 3)::int AS y, i % 4 AS z,
      timestamp '2024-01-01' + i * interval '1 hour' AS created, CASE WHEN i % 10 > 0 THEN i % 3 END AS hits FROM ${rows(400)}`);
  });

  test('a dataset from a table keeps the order of an enumeration, and leaves out a column of NULLs', async () => {
    await postgres.query(`CREATE TYPE rating AS ENUM ('poor', 'fair', 'excellent');
      CREATE TABLE graded AS SELECT id, y, (ARRAY['fair', 'poor'])[1 + id % 2]::rating AS rating, NULL::numeric AS nothing FROM source`);
    const { said } = await runCommand(['dataset', '--from-table', 'graded'], {
      DATABASE_URL: postgres.url,
      ARTIFACT_STORE: `file://${folder}/unused`,
    });
    assert.match(said, /^ {2}rating: \{type: category, values: \[poor, fair, excellent\]\}$/m);
    assert.match(said, /^ {2}# nothing: numeric, NULL in every row$/m);
  });

  test('a boolean label is the same loans by positive: 1 and by positive: true', async () => {
    await postgres.query('CREATE TABLE judged AS SELECT id, x, y = 1 AS bad FROM source');
    const judged = (positive: string) =>
      runOn(`table: judged\nid: id\nlabel: {column: bad, positive: ${positive}}\nfeatures:\n  x: {type: integer}\n`);
    const [one, text, turned] = [await judged('1'), await judged('true'), await judged('false')];
    assert.equal(one.code, 0, one.said);
    const loans = await artifactOf(one.store, 'loans');
    assert.deepEqual(await artifactOf(text.store, 'loans'), loans);
    assert.notDeepEqual(await artifactOf(turned.store, 'loans'), loans);
  });

  test('a query gives the bytes that a table of its rows gives', async () => {
    await postgres.query('CREATE TABLE even AS SELECT * FROM source WHERE id % 2 = 0');
    const byTable = await runOn(`table: even\n${columns}`);
    const byQuery = await runOn(
      `query: |\n  SELECT * FROM source WHERE id % 2 = 0; -- not ':odd'\n${columns}`.replace('; --', ' --'),
    );
    assert.equal(byQuery.code, 0, byQuery.said);
    assert.deepEqual(await artifactOf(byQuery.store, 'loans'), await artifactOf(byTable.store, 'loans'));
    assert.deepEqual(await artifactOf(byQuery.store, 'testLoans'), await artifactOf(byTable.store, 'testLoans'));
  });

  test('as of the end of the interval, and by the dates of a query, the same rows are read', async () => {
    const asOf = await runOn(`table: source\ntime: created\n${columns}`, { AS_OF: 'data-interval-end' });
    assert.equal(asOf.code, 0, asOf.said);
    const byQuery = await runOn(
      `query: SELECT * FROM source WHERE created >= :logical_date AND created < :data_interval_end\n${columns}`,
    );
    assert.equal(byQuery.code, 0, byQuery.said);
    const loans = await artifactOf(asOf.store, 'loans');
    assert.equal(loans.toString().trimEnd().split('\n').length, 1 + 239);
    assert.deepEqual(await artifactOf(byQuery.store, 'loans'), loans);
  });

  test('rows that are added later change no run of the past', async () => {
    await postgres.query('CREATE TABLE growing AS SELECT * FROM source WHERE id < 200');
    const dataset = `table: growing\ntime: created\n${columns}`;
    const then = await runOn(dataset, { AS_OF: 'data-interval-end' });
    await postgres.query(`INSERT INTO growing SELECT id, x, y, z, created, hits FROM source WHERE id >= 300`);
    const later = await runOn(dataset, { AS_OF: 'data-interval-end' });
    assert.deepEqual(await artifactOf(later.store, 'model'), await artifactOf(then.store, 'model'));
  });

  test('what is missing is an empty cell', async () => {
    const dataset = `table: source\nid: id\nlabel: {column: y}\nfeatures:\n  hits: {type: integer, nullable: true}\n  x: {type: integer}\n`;
    const { store } = await runOn(dataset);
    const [, first, ...others] = (await artifactOf(store, 'loans')).toString().split('\n');
    assert.deepEqual([first, others[8]], ['1,1,0', ',0,0']);
  });

  const features = (text: string) => `table: source\nid: id\nlabel: {column: y}\nfeatures:\n${text}`;
  const refused: readonly [
    what: string,
    dataset: string,
    code: number,
    sentence: RegExp,
    settings?: Record<string, string>,
  ][] = [
    ['a table that is not there', `table: nowhere\n${columns}`, 65, /there is no table nowhere in/],
    [
      'a column that is missing',
      features('  income: {type: decimal}\n'),
      65,
      /table source: column income is missing\W/,
    ],
    ['a column in other capitals', features('  X: {type: integer}\n'), 65, /column X is missing \(there is x\)/],
    [
      'a column of another type',
      features('  created: {type: decimal}\n'),
      65,
      /column created is timestamp without time zone, expected smallint/,
    ],
    [
      'an unknown category',
      features('  z: {type: category, values: [0, 1, 2]}\n'),
      65,
      /column z is not one of 0, 1, 2 in 100 rows \(first ids: 3, 7, 11/,
    ],
    ['a value out of bounds', features('  x: {type: integer, max: 3}\n'), 65, /column x is not 3 or less in 80 rows/],
    [
      'NULL where it is no value',
      features('  hits: {type: integer}\n'),
      65,
      /column hits is NULL in 40 rows \(first ids: 10/,
    ],
    [
      'too much missing',
      `${features('  hits: {type: integer, nullable: true}\n')}checks: {max_null_share: {hits: 0.05}}\n`,
      65,
      /column hits is NULL in 0\.1000 of the rows, expected at most 0\.05/,
    ],
    [
      'too few rows',
      `${features('  x: {type: integer}\n')}checks: {min_rows: 1000}\n`,
      65,
      /there are 400 rows, expected at least 1000/,
    ],
    [
      'a label of three values',
      `table: source\nid: id\nlabel: {column: hits, positive: 2}\nfeatures:\n  x: {type: integer}\n`,
      65,
      /column hits is not 2 or one other value in \d+ rows/,
    ],
    [
      'a label of one value',
      `query: SELECT id, x, 1 AS y FROM source\n${columns}`,
      65,
      /column y must hold at least 2 rows of each class, found 0 0 \(0\) and 400 1 \(1\)/,
    ],
    [
      'ids that are there twice',
      `query: SELECT id / 2 AS id, x, y FROM source\n${columns}`,
      65,
      /column id must be unique and not NULL \(first ids that are not: 1, 2/,
    ],
    ['two columns of one name', `query: SELECT id, x, x, y FROM source\n${columns}`, 65, /column x is there twice/],
    [
      'a query that is none',
      `query: SELEKT 1\n${columns}`,
      65,
      /the query of the dataset cannot be run: syntax error at or near "SELEKT"/,
    ],
    [
      'a query that writes',
      `query: DELETE FROM source RETURNING *\n${columns}`,
      65,
      /the query of the dataset cannot be run: .*one SELECT/,
    ],
    [
      'a query that writes on the way',
      `query: WITH gone AS (DELETE FROM source RETURNING *) SELECT * FROM gone\n${columns}`,
      65,
      /cannot be run: .*one SELECT/,
    ],
    [
      'two statements',
      `query: SELECT 1; DROP TABLE source\n${columns}`,
      65,
      /cannot be run: .*multiple commands.*one SELECT/,
    ],
    [
      'a query that leaves its brackets',
      `query: SELECT 1) x; DROP TABLE source; --\n${columns}`,
      65,
      /cannot be run: syntax error at or near "\)"/,
    ],
    [
      'a query that fails on its rows',
      `query: SELECT id, x, y / 0 AS y FROM source\n${columns}`,
      65,
      /cannot be run: division by zero/,
    ],
    [
      'a query that never ends',
      `query: SELECT id, x, y FROM source, pg_sleep(60)\n${columns}`,
      69,
      /has sent nothing for 1 s/,
      { DATABASE_SILENCE_SECONDS: '1' },
    ],
    [
      'a query, and a table besides',
      `query: SELECT 1\n${columns}`,
      64,
      /LOANS_TABLE is set, and the dataset has a query/,
      { LOANS_TABLE: 'source' },
    ],
    [
      'a date without a time',
      `table: source\n${columns}`,
      64,
      /AS_OF is data-interval-end, and the dataset names no column as time/,
      { AS_OF: 'data-interval-end' },
    ],
    [
      'a dataset of faults',
      `table: source\n${columns}split: {test_size: 2}\nmore: 1\n`,
      64,
      /DATASET split\.test_size.*\n.*DATASET has no field more/,
    ],
  ];
  for (const [what, dataset, code, sentence, settings] of refused) {
    test(`${what}: one sentence, and nothing is published`, async () => {
      const environment = { DATABASE_URL: postgres.url, DATASET: dataset, ...settings };
      const { ended, store } = await startFetch(join(folder, `store-${runs++}`), environment);
      const found = await ended;
      assert.equal(found.code, code, found.output);
      assert.match(found.output, sentence);
      await assertNothingPublished(store);
    });
  }

  test('no dataset has changed a table', async () => {
    const [found] = await postgres.query('SELECT count(*)::int AS count FROM source');
    assert.equal(found?.count, 400);
  });
});
