import assert from 'node:assert/strict';
import { test } from 'node:test';
import { predictInWorker } from '../../../tasks/evaluation/predict-in-worker.ts';
import { predict } from '../../../tasks/forest/predict.ts';
import { randomForest, rowsAround } from '../../support/random-forest.ts';

const never = new AbortController().signal;
const forest = randomForest(5, { features: 3, trees: 9, maxDepth: 6 });
const columns = rowsAround(forest, 1001, 6).map((column) => Float64Array.from(column));

test('the thread predicts what is predicted here', async () => {
  assert.deepEqual(await predictInWorker(forest, columns, 1001, never), predict(forest, columns, 1001));
});

test('an abort ends the prediction in the midst of the rows', async () => {
  const controller = new AbortController();
  const predicting = predictInWorker(forest, columns, 1001, controller.signal);
  controller.abort();
  await assert.rejects(predicting, { name: 'AbortError' });
});

test('what prediction throws is thrown', async () => {
  const tooWide = { ...forest, featureNames: Array.from({ length: 2 ** 20 + 1 }, () => 'x') };
  await assert.rejects(predictInWorker(tooWide, columns, 9, never), /at most 4294967296 bytes/);
});
