import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupRows } from '../../../tasks/evaluation/credit/groups.ts';
import { scoreLoans } from '../../../tasks/evaluation/score-loans.ts';
import { predict } from '../../../tasks/forest/predict.ts';
import type { LoanBlock } from '../../../tasks/loans/read-loans.ts';
import { randomForest, rowsAround } from '../../support/random-forest.ts';

const never = new AbortController().signal;
const rows = 21_001;
const forest = randomForest(5, { features: 3, trees: 9, maxDepth: 6 });
const columns = rowsAround(forest, rows, 6).map((column) => Float64Array.from(column));
const labels = Uint8Array.from({ length: rows }, (_, row) => (row % 7) & 1);

/** One block after the other in the same arrays, as they are read. */
async function* inBlocksOf(blockRows: number): AsyncGenerator<LoanBlock> {
  const room = { features: columns.map(() => new Float64Array(blockRows)), labels: new Uint8Array(blockRows) };
  for (let start = 0; start < rows; start += blockRows) {
    const end = Math.min(start + blockRows, rows);
    for (const [c, column] of columns.entries()) room.features[c]?.set(column.subarray(start, end));
    room.labels.set(labels.subarray(start, end));
    yield {
      columns: [],
      isInteger: [],
      rows: end - start,
      features: room.features.map((values) => values.subarray(0, end - start)),
      labels: room.labels.subarray(0, end - start),
      isLast: end === rows,
    };
  }
}

for (const threads of [1, 2, 3, undefined]) {
  for (const blockRows of [rows, rows - 1, 10_000, 3000]) {
    test(`${threads ?? 'all'} threads predict blocks of ${blockRows} rows as one does all rows`, async () => {
      const grouping = { column: 'second', feature: 1, names: ['below', 'above'], edges: [0] };
      const { scored, sample, groups } = await scoreLoans(forest, [grouping], inBlocksOf(blockRows), never, threads);
      assert.deepEqual(scored, { labels, ...predict(forest, columns, rows) });
      assert.deepEqual(groups, groupRows([grouping], columns));
      const first = Math.min(blockRows, 5000);
      assert.deepEqual(sample, {
        features: columns.map((column) => column.slice(0, first)),
        labels: labels.slice(0, first),
      });
    });
  }
}

test('an abort ends the prediction in the midst of the rows', async () => {
  const controller = new AbortController();
  const scoring = scoreLoans(forest, [], inBlocksOf(1000), controller.signal, 2);
  controller.abort();
  await assert.rejects(scoring, { name: 'AbortError' });
});

for (const threads of [1, 2]) {
  test(`what prediction throws with ${threads} threads is thrown, and ends the reading`, async () => {
    const tooWide = { ...forest, featureNames: Array.from({ length: 2 ** 20 + 1 }, () => 'x') };
    const blocks = inBlocksOf(1000);
    await assert.rejects(scoreLoans(tooWide, [], blocks, never, threads), /at most 4294967296 bytes/);
    assert.deepEqual(await blocks.next(), { done: true, value: undefined });
  });
}

test('what reading throws is thrown', async () => {
  async function* cutOff() {
    yield* inBlocksOf(8000);
    throw new RangeError('cut off');
  }
  await assert.rejects(scoreLoans(forest, [], cutOff(), never, 2), /cut off/);
});
