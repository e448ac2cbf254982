import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growForest } from '../../../tasks/forest/grow-forest.ts';
import { MersenneTwister } from '../../../tasks/forest/mersenne-twister.ts';
import { TooManyRows, trainWithMlRandomForest } from '../../../tasks/model/ml-random-forest-engine.ts';
import { trainInWorker } from '../../../tasks/model/train-in-worker.ts';

const parameters = { nEstimators: 5, maxDepth: 4, randomState: 42 };
const never = new AbortController().signal;

test('each engine grows on its thread the forest that it grows here', async () => {
  const data = loans(200);
  const ignore = () => {};
  assert.deepEqual(
    await trainInWorker('sklearn-parity', data, parameters, ignore, never),
    growForest(data, parameters),
  );
  assert.deepEqual(
    await trainInWorker('ml-random-forest', data, parameters, ignore, never),
    trainWithMlRandomForest(data, parameters),
  );
});

test('each tree is told while the forest grows', async () => {
  const told: number[] = [];
  await trainInWorker('sklearn-parity', loans(200), parameters, (grown) => told.push(grown), never);
  assert.deepEqual(told, [1, 2, 3, 4, 5]);
});

test('an abort ends the training in the midst of the trees', async () => {
  const controller = new AbortController();
  const endless = { ...parameters, nEstimators: 10_000_000 };
  const training = trainInWorker('sklearn-parity', loans(200), endless, () => controller.abort(), controller.signal);
  await assert.rejects(training, { name: 'AbortError' });
});

test('what the engine throws is thrown', async () => {
  const data = loans(10);
  data.features[0]?.fill(1e39);
  await assert.rejects(
    trainInWorker('sklearn-parity', data, parameters, () => {}, never),
    /finite as float32.*1e\+39/,
  );
});

test('only ml-random-forest has a limit of loans', async () => {
  const data = { ...loans(20_001), rows: Uint32Array.of(0, 1, 2) };
  const ignore = () => {};
  await assert.rejects(trainInWorker('ml-random-forest', data, parameters, ignore, never), TooManyRows);
  assert.equal((await trainInWorker('sklearn-parity', data, parameters, ignore, never)).treeStart.length, 6);
});

function loans(count: number) {
  const random = new MersenneTwister(count);
  const amounts = Float64Array.from({ length: count }, () => random.interval(99_999) / 100);
  return {
    featureNames: ['loan_amount'],
    features: [amounts],
    labels: Uint8Array.from(amounts, (value) => (value + random.interval(600) > 700 ? 1 : 0)),
    rows: Uint32Array.from({ length: count }, (_, row) => row),
  };
}
