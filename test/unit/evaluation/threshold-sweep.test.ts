import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sweepThresholds } from '../../../tasks/evaluation/threshold-sweep.ts';
import { scoreRows } from './score-rows.ts';

test('thresholds run from the highest probability to the lowest, rows of equal probability together', () => {
  const sweep = sweepThresholds(
    scoreRows([
      [0, 0.2],
      [1, 0.9],
      [1, 0.2],
      [0, 0.7],
      [1, 0.7],
      [1, 0.7],
      [0, 0],
    ]),
  );
  assert.deepEqual([...sweep.thresholds], [0.9, 0.7, 0.2, 0]);
  assert.deepEqual([...sweep.truePositives], [1, 3, 4, 4]);
  assert.deepEqual([...sweep.falsePositives], [0, 1, 2, 3]);
  assert.deepEqual([sweep.positives, sweep.negatives], [4, 3]);
});

test('probability 0 and minus 0 are one threshold', () => {
  const sweep = sweepThresholds(
    scoreRows([
      [0, 0],
      [1, -0],
      [0, -0],
      [1, 0],
    ]),
  );
  assert.deepEqual([...sweep.truePositives, ...sweep.falsePositives], [2, 2]);
});

const fine = scoreRows([
  [0, 0.2],
  [1, 0.9],
]);

const MALFORMED = [
  ['no rows', scoreRows([]), /expected at least one scored row/],
  ['a missing probability', { ...fine, probabilities: new Float64Array(1) }, /each of 2 labels, found 1 and 2/],
  ['a missing prediction', { ...fine, predictions: new Uint8Array(1) }, /each of 2 labels, found 2 and 1/],
  ['a third class', { ...fine, labels: Uint8Array.of(0, 2) }, /expected 0 or 1 as label of scored row 1, found 2/],
  ['a third prediction', { ...fine, predictions: Uint8Array.of(7, 1) }, /as prediction of scored row 0, found 7/],
  ['NaN', { ...fine, probabilities: Float64Array.of(NaN, 0) }, /from 0 to 1 as probability of scored row 0, found NaN/],
  ['a probability above 1', { ...fine, probabilities: Float64Array.of(1, 1.5) }, /scored row 1, found 1.5/],
] as const;

for (const [what, rows, message] of MALFORMED) {
  test(`${what} is refused, and the message says where`, () => {
    assert.throws(() => sweepThresholds(rows), { name: 'RangeError', message });
  });
}
