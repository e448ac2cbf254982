import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { RandomForestClassifier } from 'ml-random-forest';
import { findFault } from '../../../tasks/forest/forest.ts';
import { MersenneTwister } from '../../../tasks/forest/mersenne-twister.ts';
import { predict } from '../../../tasks/forest/predict.ts';
import { flattenClassifier } from '../../../tasks/training/flatten-classifier.ts';
import { rowsAround } from '../../support/random-forest.ts';

/** Rows of float32 features. */
interface Table {
  readonly rows: number[][];
  readonly labels: number[];
}

const options = { nEstimators: 15, seed: 42, maxFeatures: 2, replacement: false, noOOB: true };
const toTheLastRow = { gainThreshold: 0, minNumSamples: 1 };

const cases: [trained: string, table: Table, options: ConstructorParameters<typeof RandomForestClassifier>[0]][] = [
  ['on the golden loans', goldenLoans(), { ...options, treeOptions: { ...toTheLastRow, maxDepth: 10 } }],
  ['on few distinct values', randomTable(1, 10), { ...options, treeOptions: toTheLastRow }],
  ['on fine values', randomTable(2, 1e9), { ...options, treeOptions: toTheLastRow }],
  ['with the same feature drawn twice', randomTable(3, 50), { ...options, maxFeatures: 3, replacement: true }],
  ['with all features', randomTable(4, 50), { ...options, maxFeatures: 5 }],
  ['to single leaves', randomTable(5, 50), { ...options, treeOptions: { maxDepth: 0 } }],
  ['on class 1 alone', { ...randomTable(6, 50), labels: new Array(150).fill(1) }, options],
];

for (const [trained, table, options] of cases) {
  test(`a classifier trained ${trained} decides as the package says`, () => {
    const { forest, found, classifier, rows } = flattenAndPredict(table, options);
    assert.equal(findFault(forest), undefined);
    assert.deepEqual([...found.predictions], classifier.predict(rows));
  });
}

test('the probability is the share of the votes, and an even vote is class 0', () => {
  const { found, classifier, rows } = flattenAndPredict(randomTable(7, 20), { ...options, nEstimators: 4 });
  const votes = classifier
    .predictionValues(rows)
    .to2DArray()
    .map((votes) => votes.reduce((sum, vote) => sum + vote));
  assert.ok(votes.includes(2));
  assert.deepEqual(
    [...found.probabilities],
    votes.map((count) => count / 4),
  );
  assert.deepEqual(
    [...found.predictions],
    votes.map((count) => (count > 2 ? 1 : 0)),
  );
});

/** Predicts the rows trained on, and as many on the thresholds and next to them. */
function flattenAndPredict({ rows, labels }: Table, options: ConstructorParameters<typeof RandomForestClassifier>[0]) {
  const classifier = new RandomForestClassifier(options);
  classifier.train(rows, labels);
  const forest = flattenClassifier(['a', 'b', 'c', 'd', 'e'], classifier);
  const around = rowsAround(forest, rows.length, 1);
  const all = [...rows, ...rows.map((_, row) => around.map((column) => column[row] ?? Number.NaN))];
  const columns = forest.featureNames.map((_, f) => Float64Array.from(all, (row) => row[f] ?? Number.NaN));
  return { classifier, forest, found: predict(forest, columns, all.length), rows: all };
}

function randomTable(seed: number, distinctValues: number): Table {
  const random = new MersenneTwister(seed);
  const value = () => Math.fround((random.interval(distinctValues) / distinctValues - 0.5) * 1000);
  const rows = Array.from({ length: 150 }, () => Array.from({ length: 5 }, value));
  const labels = rows.map(([a = 0, b = 0]) => (a + b + random.interval(600) > 300 ? 1 : 0));
  return { rows, labels };
}

function goldenLoans(): Table {
  const csv = readFileSync(new URL('../../golden/plain-400/loans.csv', import.meta.url), 'utf8');
  const loans = csv
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').map(Number));
  return { rows: loans.map((loan) => loan.slice(0, 5).map(Math.fround)), labels: loans.map((loan) => loan[5] ?? 0) };
}
