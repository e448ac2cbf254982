import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TooManyRows, trainWithMlRandomForest } from '../../../tasks/training/ml-random-forest-engine.ts';
import { trainMlRandomForest } from '../../../tasks/training/train-ml-random-forest.ts';
import { randomLoans } from '../../support/random-loans.ts';

const parameters = { nEstimators: 5, maxDepth: 4, randomState: 42 };
const never = new AbortController().signal;

test('the engine trains on its thread the forest that it trains here', async () => {
  const data = randomLoans(200);
  assert.deepEqual(await trainMlRandomForest(data, parameters, never), trainWithMlRandomForest(data, parameters));
});

test('an abort ends the thread', async () => {
  const endless = { ...parameters, nEstimators: 1_000_000 };
  const training = trainMlRandomForest(randomLoans(200), endless, AbortSignal.timeout(50));
  await assert.rejects(training, { name: 'AbortError' });
});

test('more loans than the engine can take are refused before a thread is started', async () => {
  await assert.rejects(trainMlRandomForest(randomLoans(20_001), parameters, never), TooManyRows);
});
