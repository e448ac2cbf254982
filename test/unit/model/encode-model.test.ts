import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as ort from 'onnxruntime-web/wasm';
import type { Forest } from '../../../tasks/forest/forest.ts';
import { predict } from '../../../tasks/forest/predict.ts';
import { encodeModel } from '../../../tasks/model/encode-model.ts';
import { randomForest, rowsAround } from '../../support/random-forest.ts';

ort.env.wasm.numThreads = 1;
const rows = 1000;

const shapes = [
  { features: 5, trees: 100, maxDepth: 6, votes: true },
  { features: 5, trees: 100, maxDepth: 6, votes: false },
  { features: 5, trees: 2, maxDepth: 3, votes: true },
  { features: 3, trees: 6, maxDepth: 4, votes: true },
  { features: 1, trees: 97, maxDepth: 3, votes: false },
  { features: 2, trees: 1, maxDepth: 0, votes: true },
  { features: 2, trees: 3, maxDepth: 0, votes: false },
];

for (const shape of shapes) {
  const { trees, features, maxDepth, votes } = shape;
  const leaves = votes ? 'votes' : 'shares';
  test(`onnxruntime agrees on ${trees} trees of depth ${maxDepth} with ${leaves} over ${features} features`, async () => {
    for (const seed of [1, 2, 3]) await assertAgrees(randomForest(seed, shape), seed);
  });
}

const sameForAll: [weight0: number, weight1: number, label: bigint][] = [
  [5, 0, 0n],
  [0, 3, 1n],
  [2, 2, 0n],
];

for (const [weight0, weight1, label] of sameForAll) {
  test(`onnxruntime gives class ${label} where every leaf weighs ${weight0} to ${weight1}`, async () => {
    const forest = randomForest(1, { features: 2, trees: 30, maxDepth: 3 });
    const uniform = { weight0: forest.weight0.fill(weight0), weight1: forest.weight1.fill(weight1) };
    const { labels } = await runModel({ ...forest, ...uniform }, rowsAround(forest, rows, 1));
    assert.ok(labels.every((found) => found === label));
  });
}

test('the same forest gives the same bytes', () => {
  const bytes = () => encodeModel(randomForest(9, { features: 5, trees: 10, maxDepth: 5 }), { engine: 'any' });
  assert.deepEqual(bytes(), bytes());
});

async function assertAgrees(forest: Forest, seed: number): Promise<void> {
  const columns = rowsAround(forest, rows, seed);
  const { probabilities, predictions } = predict(forest, columns, rows);
  const found = await runModel(forest, columns);
  // what rounding the shares to multiples of 2^-24 can add up to
  const tolerance = 2.5 * (forest.treeStart.length - 1) * 2 ** -24;
  for (const [row, probability] of probabilities.entries()) {
    const share = found.shares[2 * row + 1] ?? Number.NaN;
    assert.ok(Math.abs(share - probability) <= tolerance, `row ${row}: expected ${probability}, found ${share}`);
    assert.equal(Number(found.labels[row]), predictions[row], `row ${row} of probability ${probability}`);
  }
}

/** Labels, and the two probabilities of each row. */
async function runModel(forest: Forest, columns: readonly Float32Array[]) {
  const session = await ort.InferenceSession.create(encodeModel(forest, {}));
  const values = new Float32Array(rows * columns.length);
  for (const [c, column] of columns.entries()) {
    for (const [row, value] of column.entries()) values[row * columns.length + c] = value;
  }
  const input = new ort.Tensor('float32', values, [rows, columns.length]);
  const { label, probabilities } = await session.run({ float_input: input });
  await session.release();
  assert.ok(label?.data instanceof BigInt64Array && probabilities?.data instanceof Float32Array);
  return { labels: label.data, shares: probabilities.data };
}
