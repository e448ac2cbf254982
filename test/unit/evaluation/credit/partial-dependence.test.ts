import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDataset } from '../../../../tasks/dataset/read-dataset.ts';
import { dependenceGrid, dependencePoints } from '../../../../tasks/evaluation/credit/partial-dependence.ts';
import { sampleSize } from '../../../../tasks/evaluation/credit/sample.ts';

const letters = Array.from({ length: 30 }, (_, i) => `c${i}`);
const [amount, kind, owner] = parseDataset(`
table: t
id: id
label: {column: y}
features:
  amount: {type: decimal, nullable: true}
  kind: {type: category, values: [${letters}]}
  owner: {type: boolean}
`).features;
assert.ok(amount && kind && owner);

test('of few values all are tried, and a missing one is none', () => {
  assert.deepEqual(dependenceGrid(amount, Float64Array.of(3, Number.NaN, 1, 3)), [1, 3]);
  assert.deepEqual(dependenceGrid(amount, Float64Array.of(7, 7)), [7]);
  assert.deepEqual(dependenceGrid(amount, Float64Array.of(Number.NaN)), []);
});

test('where almost all values are the same, the grid goes from the lowest to the highest', () => {
  const values = Float64Array.from({ length: 1000 }, (_, i) => (i < 21 ? i : 0));
  const grid = dependenceGrid(amount, values);
  assert.deepEqual([grid.length, grid[0], grid.at(-1)], [20, 0, 20]);
});

test('of more than 20 categories the most frequent are tried, under their names', () => {
  const values = Float64Array.from({ length: 59 }, (_, i) => (i < 29 ? i : 29));
  const grid = dependenceGrid(kind, values);
  assert.deepEqual(grid, [...Array.from({ length: 19 }, (_, i) => i), 29]);
  const points = dependencePoints(kind, [0, 29], [prediction(0.25, 0.75), prediction(1, 1)]);
  assert.deepEqual(points, [
    { value: 0, text: 'c0', meanProbability: 0.5 },
    { value: 29, text: 'c29', meanProbability: 1 },
  ]);
  assert.equal(dependencePoints(owner, [1], [prediction(1)])[0]?.text, 'true');
});

test('with many features fewer rows are predicted again', () => {
  assert.deepEqual([sampleSize(80, 5), sampleSize(1_000_000, 5), sampleSize(1_000_000, 500)], [80, 5000, 400]);
});

function prediction(...probabilities: number[]) {
  return { probabilities: Float64Array.from(probabilities), predictions: new Uint8Array(probabilities.length) };
}
