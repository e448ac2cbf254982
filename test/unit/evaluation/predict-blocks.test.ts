import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowsInBlock } from '../../../tasks/evaluation/predict-blocks.ts';

function shaped(trees: number, nodesEach: number, features: number) {
  return {
    featureNames: Array.from({ length: features }, () => 'x'),
    treeStart: new Uint32Array(trees + 1),
    feature: new Int32Array(trees * nodesEach),
  };
}

test('a block has as many rows as are predicted fastest, but fewer where the forest is large or has many features', () => {
  assert.equal(rowsInBlock(shaped(1, 1, 5)), 262_144);
  assert.equal(rowsInBlock(shaped(100, 1023, 5)), 262_144);
  assert.equal(rowsInBlock(shaped(100, 1023, 512)), 32_768);
  assert.equal(rowsInBlock(shaped(1000, 2 ** 16 - 1, 5)), 16_778);
});
