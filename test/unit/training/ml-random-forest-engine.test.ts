import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Forest, LEAF } from '../../../tasks/forest/forest.ts';
import { MersenneTwister } from '../../../tasks/forest/mersenne-twister.ts';
import { predict } from '../../../tasks/forest/predict.ts';
import type { TrainingData } from '../../../tasks/forest/training-data.ts';
import { encodeModel } from '../../../tasks/model/encode-model.ts';
import { TooManyRows, trainWithMlRandomForest } from '../../../tasks/training/ml-random-forest-engine.ts';

const parameters = { nEstimators: 10, maxDepth: 4, randomState: 42 };

test('the same loans, parameters and seed give the same model to the byte', () => {
  const bytes = () => encodeModel(trainWithMlRandomForest(loans(200), parameters), {});
  assert.deepEqual(bytes(), bytes());
});

test('another seed, or the rows in another order, gives another forest', () => {
  const data = loans(200);
  const forest = trainWithMlRandomForest(data, parameters);
  assert.notDeepEqual(trainWithMlRandomForest(data, { ...parameters, randomState: 43 }), forest);
  assert.notDeepEqual(trainWithMlRandomForest({ ...data, rows: data.rows.toReversed() }, parameters), forest);
});

test('only the rows to train on matter', () => {
  const data = loans(200);
  const labels = data.labels.map((label, row) => (data.rows.includes(row) ? label : 1 - label));
  assert.deepEqual(trainWithMlRandomForest({ ...data, labels }, parameters), trainWithMlRandomForest(data, parameters));
});

test('features are taken as float32', () => {
  const data = loans(200);
  const features = data.features.map((column) => Float64Array.from(column, Math.fround));
  assert.deepEqual(
    trainWithMlRandomForest({ ...data, features }, parameters),
    trainWithMlRandomForest(data, parameters),
  );
});

for (const [features, drawn] of [
  [1, 1],
  [3, 1],
  [5, 2],
  [9, 3],
] as const) {
  test(`each tree splits on at most ${drawn} of ${features} features`, () => {
    const used = featuresByTree(trainWithMlRandomForest(loans(120, features), parameters));
    assert.equal(used.length, parameters.nEstimators);
    assert.equal(Math.max(...used.map(({ size }) => size)), drawn);
    assert.ok(new Set(used.flatMap((set) => [...set])).size > drawn || features === drawn);
  });
}

test('trees grow to the greatest depth and no deeper, and without one to single rows', () => {
  const data = loans(100);
  assert.equal(depthOf(trainWithMlRandomForest(data, parameters)), 4);
  assert.equal(depthOf(trainWithMlRandomForest(data, { ...parameters, maxDepth: 0 })), 0);
  assert.ok(depthOf(trainWithMlRandomForest(data, { ...parameters, maxDepth: null })) > 8);
});

test('what separates the classes is learnt', () => {
  const data = loans(400, 1);
  const labels = data.labels.map((_, row) => ((data.features[0]?.[row] ?? 0) > 300 ? 1 : 0));
  const { predictions } = predict(trainWithMlRandomForest({ ...data, labels }, parameters), data.features, 400);
  const wrong = predictions.filter((found, row) => found !== labels[row]).length;
  assert.ok(wrong <= 4, `${wrong} of 400 wrong`);
});

test('more than 20,000 loans are refused before anything is trained', () => {
  const labels = new Uint8Array(20_001);
  assert.throws(
    () => trainWithMlRandomForest({ featureNames: [], features: [], labels, rows: new Uint32Array() }, parameters),
    (error: Error) => error instanceof TooManyRows && /at most 20000 loans.*found 20001; choose/.test(error.message),
  );
});

/** Loans of money-like values whose label leans on the first feature; every fifth is kept from training. */
function loans(count: number, features = 5): TrainingData {
  const random = new MersenneTwister(count);
  const columns = Array.from({ length: features }, () =>
    Float64Array.from({ length: count }, () => random.interval(99_999) / 100),
  );
  return {
    featureNames: columns.map((_, f) => `feature_${f}`),
    features: columns,
    labels: Uint8Array.from(columns[0] ?? [], (value) => (value + random.interval(600) > 700 ? 1 : 0)),
    rows: Uint32Array.from({ length: count }, (_, row) => row).filter((row) => row % 5 > 0),
  };
}

function featuresByTree({ treeStart, feature }: Forest): Set<number>[] {
  const trees = Array.from(treeStart.subarray(1), (end, tree) => feature.subarray(treeStart[tree], end));
  return trees.map((nodes) => new Set(nodes.filter((f) => f !== LEAF)));
}

function depthOf({ treeStart, feature, childrenRight }: Forest): number {
  const depthBelow = (root: number, node: number): number => {
    if (feature[root + node] === LEAF) return 0;
    return 1 + Math.max(depthBelow(root, node + 1), depthBelow(root, childrenRight[root + node] ?? 0));
  };
  return Math.max(...Array.from(treeStart.subarray(0, -1), (root) => depthBelow(root, 0)));
}
