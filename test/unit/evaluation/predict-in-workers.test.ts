import assert from 'node:assert/strict';
import { test } from 'node:test';
import { predictInWorkers } from '../../../tasks/evaluation/predict-in-workers.ts';
import { predict } from '../../../tasks/forest/predict.ts';
import { randomForest, rowsAround } from '../../support/random-forest.ts';

const never = new AbortController().signal;
const forest = randomForest(5, { features: 3, trees: 9, maxDepth: 6 });
const columns = rowsAround(forest, 1001, 6).map((column) => Float64Array.from(column));

for (const threads of [1, 2, 3]) {
  test(`${threads} threads predict what one here predicts`, async () => {
    const untouched = columns.map((column) => column.slice());
    assert.deepEqual(await predictInWorkers(forest, columns, 1001, never, threads), predict(forest, columns, 1001));
    assert.deepEqual(columns, untouched);
  });
}

test('few rows, and many, are predicted by as many threads as pay', async () => {
  for (const rows of [1, 1001]) {
    assert.deepEqual(await predictInWorkers(forest, columns, rows, never), predict(forest, columns, rows));
  }
});

test('an abort ends the prediction in the midst of the rows', async () => {
  const controller = new AbortController();
  const predicting = predictInWorkers(forest, columns, 1001, controller.signal, 2);
  controller.abort();
  await assert.rejects(predicting, { name: 'AbortError' });
});

test('what prediction throws is thrown', async () => {
  const tooWide = { ...forest, featureNames: Array.from({ length: 2 ** 20 + 1 }, () => 'x') };
  await assert.rejects(predictInWorkers(tooWide, columns, 9, never), /at most 4294967296 bytes/);
});
