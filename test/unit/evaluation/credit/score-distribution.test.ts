import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distributeScores } from '../../../../tasks/evaluation/credit/score-distribution.ts';
import { scoreRows } from '../score-rows.ts';

test('a probability on an edge counts above it, and 1 in the last hundredth', () => {
  for (let hundredth = 0; hundredth <= 100; hundredth += 1) {
    const { repaid, defaulted } = distributeScores(scoreRows([[1, hundredth / 100]]));
    assert.equal(defaulted.indexOf(1), Math.min(hundredth, 99), `${hundredth} / 100`);
    assert.deepEqual([repaid.length, defaulted.length, repaid.indexOf(1)], [100, 100, -1]);
  }
});
