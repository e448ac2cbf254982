import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Forest } from '../../../tasks/forest/forest.ts';
import { predict } from '../../../tasks/forest/predict.ts';
import { encodeModel } from '../../../tasks/model/encode-model.ts';
import { gapsOfOtherLabels, runModel } from '../../support/onnxruntime.ts';
import { randomForest, rowsAround } from '../../support/random-forest.ts';

const rows = 2000;

const shapes = [
  { features: 5, trees: 100, maxDepth: 6, votes: true },
  { features: 5, trees: 100, maxDepth: 6, votes: false },
  { features: 5, trees: 2, maxDepth: 3, votes: true },
  { features: 3, trees: 6, maxDepth: 4, votes: true },
  { features: 1, trees: 97, maxDepth: 3, votes: false },
  { features: 2, trees: 1, maxDepth: 0, votes: true },
  { features: 2, trees: 3, maxDepth: 0, votes: false },
  { features: 4, trees: 1000, maxDepth: 2, votes: true },
  { features: 5, trees: 100, maxDepth: 6, votes: false, gaps: true },
  { features: 1, trees: 9, maxDepth: 3, votes: true, gaps: true },
  { features: 500, trees: 30, maxDepth: 8, votes: false, gaps: true },
];

for (const shape of shapes) {
  const { trees, features, maxDepth, votes, gaps } = shape;
  const leaves = `${votes ? 'votes' : 'shares'}${gaps ? ' and missing values' : ''}`;
  test(`onnxruntime finds the same with ${trees} trees of depth ${maxDepth} with ${leaves} over ${features} features`, async () => {
    for (const seed of [1, 2, 3]) {
      const forest = randomForest(seed, shape);
      assert.deepEqual(await gapsOfOtherLabels(forest, rowsAround(forest, rows, seed), rows), []);
    }
  });
}

const sameForAll: [weight0: number, weight1: number, label: number][] = [
  [5, 0, 0],
  [0, 3, 1],
  [2, 2, 0],
];

for (const [weight0, weight1, label] of sameForAll) {
  test(`onnxruntime gives class ${label} where every leaf weighs ${weight0} to ${weight1}`, async () => {
    for (const trees of [1, 7, 30, 49]) {
      const forest = uniform(randomForest(1, { features: 2, trees, maxDepth: 3 }), weight0, weight1);
      const { labels, class0, class1 } = await runModel(encodeModel(forest, {}), rowsAround(forest, rows, 1), rows);
      const share = Math.fround(weight1 / (weight0 + weight1));
      assert.deepEqual(new Set(labels), new Set([label]));
      assert.deepEqual([new Set(class0), new Set(class1)], [new Set([1 - share]), new Set([share])]);
    }
  });
}

test('onnxruntime finds another label only where rounding alone separates the two probabilities', async () => {
  for (const trees of [3, 4, 10, 100]) {
    const forest = randomForest(trees, { features: 5, trees, maxDepth: 6 });
    // with shares of halves and thirds many sums are even but for their rounding
    const oneOrTwo = (weights: Uint32Array) => weights.map((weight) => 1 + (weight % 2));
    const thirds = { ...forest, weight0: oneOrTwo(forest.weight0), weight1: oneOrTwo(forest.weight1) };
    const gaps = await gapsOfOtherLabels(thirds, rowsAround(forest, 20_000, 1), 20_000);
    assert.ok(gaps.every((gap) => gap > 0 && gap < 1e-12));
  }
});

test('onnxruntime sends what is missing right of an infinite threshold, and every number left', async () => {
  const forest = stump(Number.POSITIVE_INFINITY, 0);
  const column = Float32Array.of(Number.NaN, 0, 3.4028234663852886e38, -3.4028234663852886e38, Number.NaN);
  const { labels } = await runModel(encodeModel(forest, {}), [column], 5);
  assert.deepEqual([...labels], [1, 0, 0, 0, 1]);
  assert.deepEqual(predict(forest, [column], 5).predictions, labels);
});

test('only a forest that says where missing values go is written with it', () => {
  const { missingGoToLeft, ...forest } = stump(1, 0);
  const attribute = (bytes: Uint8Array) => Buffer.from(bytes).includes('nodes_missing_value_tracks_true');
  assert.equal(attribute(encodeModel(forest, {})), false);
  assert.equal(attribute(encodeModel({ ...forest, missingGoToLeft: new Uint8Array(3) }, {})), true);
});

test('the same forest gives the same bytes', () => {
  const bytes = () => encodeModel(randomForest(9, { features: 5, trees: 10, maxDepth: 5 }), { engine: 'any' });
  assert.deepEqual(bytes(), bytes());
});

/** A tree that splits its one feature once, class 0 to the left. */
function stump(threshold: number, missingGoesLeft: number): Forest {
  return {
    featureNames: ['only'],
    treeStart: Uint32Array.of(0, 3),
    feature: Int32Array.of(0, -2, -2),
    threshold: Float64Array.of(threshold, -2, -2),
    childrenRight: Int32Array.of(2, -1, -1),
    weight0: Uint32Array.of(1, 1, 0),
    weight1: Uint32Array.of(1, 0, 1),
    missingGoToLeft: Uint8Array.of(missingGoesLeft, 0, 0),
  };
}

function uniform(forest: Forest, weight0: number, weight1: number): Forest {
  return { ...forest, weight0: forest.weight0.fill(weight0), weight1: forest.weight1.fill(weight1) };
}
