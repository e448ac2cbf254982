import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { Forest } from '../../../tasks/forest/forest.ts';
import { Predictor, predict } from '../../../tasks/forest/predict.ts';
import { randomForest, rowsAround } from '../../support/random-forest.ts';

const golden = new URL('../../golden/', import.meta.url);

for (const set of ['plain-400', 'ties-600', 'constant-300', 'imbalance-1000', 'close-500', 'large-2000']) {
  test(`${set}: a forest of scikit-learn's predicts its probabilities and classes to the last bit`, () => {
    const forest = readForest(set);
    const columns = readTestColumns(set);
    const expected: [number, number][] = readJson(`${set}/proba.json.gz`);
    const { probabilities, predictions } = predict(forest, columns, expected.length);
    assert.deepEqual(
      [...probabilities],
      expected.map(([, class1]) => class1),
    );
    assert.deepEqual(
      [...predictions],
      expected.map(([class0, class1]) => (class1 > class0 ? 1 : 0)),
    );
  });
}

test('a value is rounded to float32 before it is compared', () => {
  const forest = stump(0.1, [1, 0], [0, 1]);
  // as float32 0.1 is a little more than the double
  assert.deepEqual([...predict(forest, [Float64Array.of(0.1, 0.0999999)], 2).predictions], [1, 0]);
});

test('a value equal to the threshold goes left', () => {
  const forest = stump(0.5, [1, 0], [0, 1]);
  assert.deepEqual([...predict(forest, [Float64Array.of(0.5, 0.5 + 2 ** -24)], 2).predictions], [0, 1]);
});

test('class 0 is taken where both are equally probable', () => {
  assert.deepEqual([...predict(stump(0, [3, 3], [3, 4]), [Float64Array.of(-1, 1)], 2).predictions], [0, 1]);
});

test('a tree of a single leaf says the same of every row', () => {
  const forest = randomForest(1, { features: 2, trees: 1, maxDepth: 0 });
  const { probabilities } = predict(forest, rowsAround(forest, 5, 2), 5);
  assert.equal(new Set(probabilities).size, 1);
});

test('a row is predicted alone as it is among thousands', () => {
  const forest = randomForest(3, { features: 4, trees: 7, maxDepth: 6 });
  const columns = rowsAround(forest, 5000, 4);
  const together = predict(forest, columns, 5000);
  for (const row of [0, 1023, 1024, 2047, 2048, 4095, 4096, 4999]) {
    const alone = predict(
      forest,
      columns.map((column) => column.subarray(row)),
      1,
    );
    assert.equal(alone.probabilities[0], together.probabilities[row]);
    assert.equal(alone.predictions[0], together.predictions[row]);
  }
});

test('missing values go where each node sends them, as in a plain walk', () => {
  for (let seed = 0; seed < 20; seed++) {
    const forest = randomForest(seed, { features: 1 + (seed % 5), trees: 5, maxDepth: 8, gaps: true });
    const columns = rowsAround(forest, 999, seed);
    const expected = Float64Array.from({ length: 999 }, (_, row) => plainProbability(forest, columns, row));
    assert.deepEqual(predict(forest, columns, 999).probabilities, expected);
  }
});

test('blocks with gaps in other columns, and longer ones, are predicted one after the other, as in a plain walk', () => {
  const forest = randomForest(3, { features: 4, trees: 5, maxDepth: 6, gaps: true });
  const columns = rowsAround(forest, 900, 4);
  const blocks = [[], [0], [0], [2, 3], [], [3]].map((withGaps, block) =>
    columns.map((column, c) => {
      const values = column.slice(0, 100 + 150 * block);
      return withGaps.includes(c) ? values : values.map((value) => (Number.isNaN(value) ? 0 : value));
    }),
  );
  const predictor = new Predictor(forest);
  for (const block of blocks) {
    const rows = block[0]?.length ?? 0;
    const expected = Float64Array.from({ length: rows }, (_, row) => plainProbability(forest, block, row));
    assert.deepEqual(predictor.predict(block, rows).probabilities, expected);
  }
});

test('a value too large for float32 goes left of an infinite threshold, with and without missing values beside it', () => {
  const forest = { ...stump(Number.POSITIVE_INFINITY, [1, 0], [0, 1]), missingGoToLeft: new Uint8Array(3) };
  assert.deepEqual([...predict(forest, [Float64Array.of(1e39, 1)], 2).predictions], [0, 0]);
  assert.deepEqual([...predict(forest, [Float64Array.of(1e39, Number.NaN)], 2).predictions], [0, 1]);
});

test('many rows of deep trees come to the leaves that a plain walk comes to', () => {
  const forest = randomForest(4, { features: 3, trees: 4, maxDepth: 14 });
  // more than are put in order at a time
  const rows = 262_144 + 4096 + 13;
  const few = rowsAround(forest, 9001, 5);
  const columns = few.map((column) => repeat(column, rows));
  const expected = Float64Array.from({ length: 9001 }, (_, row) => plainProbability(forest, columns, row));
  const { probabilities } = predict(forest, columns, rows);
  const wrong = probabilities.findIndex((probability, row) => probability !== expected[row % 9001]);
  assert.equal(wrong, -1);
});

test('many rows of hundreds of columns come to the leaves that a plain walk comes to', () => {
  const forest = randomForest(6, { features: 300, trees: 5, maxDepth: 10, gaps: true });
  // more than are predicted at a time
  const rows = 61_000;
  const few = rowsAround(forest, 997, 7);
  const columns = few.map((column) => repeat(column, rows));
  const expected = Float64Array.from({ length: 997 }, (_, row) => plainProbability(forest, columns, row));
  const { probabilities } = predict(forest, columns, rows);
  assert.equal(
    probabilities.findIndex((probability, row) => probability !== expected[row % 997]),
    -1,
  );
});

function repeat(column: Float32Array, rows: number): Float32Array {
  const repeated = new Float32Array(rows);
  for (let at = 0; at < rows; at += column.length) repeated.set(column.subarray(0, rows - at), at);
  return repeated;
}

/** P(class 1), one node after the other. */
function plainProbability(forest: Forest, columns: readonly Float32Array[], row: number): number {
  const { treeStart, feature, threshold, childrenRight, weight0, weight1, missingGoToLeft } = forest;
  const trees = treeStart.length - 1;
  let sum = 0;
  for (const root of treeStart.subarray(0, trees)) {
    let node = root;
    for (let f = feature[node] ?? 0; f >= 0; f = feature[node] ?? 0) {
      const value = columns[f]?.[row] ?? 0;
      const isLeft = Number.isNaN(value) ? missingGoToLeft?.[node] === 1 : value <= (threshold[node] ?? 0);
      node = isLeft ? node + 1 : root + (childrenRight[node] ?? 0);
    }
    const weight = weight1[node] ?? 0;
    sum += weight / ((weight0[node] ?? 0) + weight);
  }
  return sum / trees;
}

/** A tree that splits its one feature once. */
function stump(threshold: number, left: readonly [number, number], right: readonly [number, number]): Forest {
  return {
    featureNames: ['only'],
    treeStart: Uint32Array.of(0, 3),
    feature: Int32Array.of(0, -2, -2),
    threshold: Float64Array.of(threshold, -2, -2),
    childrenRight: Int32Array.of(2, -1, -1),
    weight0: Uint32Array.of(left[0] + right[0], left[0], right[0]),
    weight1: Uint32Array.of(left[1] + right[1], left[1], right[1]),
  };
}

interface GoldenTree {
  readonly feature: number[];
  readonly threshold: number[];
  readonly children_right: number[];
  readonly value: [number, number][];
}

function readForest(set: string): Forest {
  const { features, trees }: { features: string[]; trees: GoldenTree[] } = readJson(`${set}/forest.json.gz`);
  let end = 0;
  return {
    featureNames: features,
    treeStart: Uint32Array.of(0, ...trees.map(({ feature }) => (end += feature.length))),
    feature: Int32Array.from(trees.flatMap(({ feature }) => feature)),
    threshold: Float64Array.from(trees.flatMap(({ threshold }) => threshold)),
    childrenRight: Int32Array.from(trees.flatMap(({ children_right }) => children_right)),
    weight0: Uint32Array.from(trees.flatMap(({ value }) => value.map(([class0]) => class0))),
    weight1: Uint32Array.from(trees.flatMap(({ value }) => value.map(([, class1]) => class1))),
  };
}

function readTestColumns(set: string): Float64Array[] {
  const [header = '', ...lines] = readFileSync(new URL(`${set}/test.csv`, golden), 'utf8')
    .trimEnd()
    .split('\n');
  const rows = lines.map((line) => line.split(',').map(Number));
  const features = header.split(',').slice(0, -1);
  return features.map((_, column) => Float64Array.from(rows, (row) => row[column] ?? Number.NaN));
}

function readJson(path: string) {
  return JSON.parse(gunzipSync(readFileSync(new URL(path, golden))).toString());
}
