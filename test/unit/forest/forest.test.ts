import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Forest, findFault, sumLeafWeights } from '../../../tasks/forest/forest.ts';

const leaf = -2;

/** A tree of five nodes, then a tree of one. */
const sound: Forest = {
  featureNames: ['a', 'b'],
  treeStart: Uint32Array.of(0, 5, 6),
  feature: Int32Array.of(0, 1, leaf, leaf, leaf, leaf),
  threshold: Float64Array.of(1, 2, -2, -2, -2, -2),
  childrenRight: Int32Array.of(4, 3, -1, -1, -1, -1),
  weight0: Uint32Array.of(0, 0, 1, 2, 4, 8),
  weight1: Uint32Array.of(0, 0, 3, 0, 5, 7),
};

test('an inner node weighs what the leaves below it weigh', () => {
  const forest = { ...sound, weight0: sound.weight0.slice(), weight1: sound.weight1.slice() };
  sumLeafWeights(forest);
  assert.deepEqual([...forest.weight0], [7, 3, 1, 2, 4, 8]);
  assert.deepEqual([...forest.weight1], [8, 3, 3, 0, 5, 7]);
});

test('a sound forest has no fault', () => assert.equal(findFault(sound), undefined));

const faults: [found: string, forest: Partial<Forest>][] = [
  ['columns of nodes that differ in length', { threshold: new Float64Array(5) }],
  ['columns of nodes that differ in length', { feature: new Int32Array() }],
  ['feature 2 at node 1 of tree 0', { featureNames: ['a', 'b'], feature: Int32Array.of(0, 2, leaf, leaf, leaf, leaf) }],
  ['feature -1 at node 0 of tree 1', { feature: Int32Array.of(0, 1, leaf, leaf, leaf, -1) }],
  ['right child 1 at node 0 of tree 0', { childrenRight: Int32Array.of(1, 3, -1, -1, -1, -1) }],
  ['right child 5 at node 0 of tree 0', { childrenRight: Int32Array.of(5, 3, -1, -1, -1, -1) }],
  [
    'right child 0 at node 0 of tree 1',
    { feature: Int32Array.of(0, 1, leaf, leaf, leaf, 0), childrenRight: Int32Array.of(4, 3, -1, -1, -1, 0) },
  ],
  ['columns of nodes that differ in length', { missingGoToLeft: new Uint8Array(5) }],
  ['missing values that go to 2 at node 1 of tree 0', { missingGoToLeft: Uint8Array.of(1, 2, 0, 0, 0, 0) }],
  [
    'a leaf from which missing values go to 1 at node 4 of tree 0',
    { missingGoToLeft: Uint8Array.of(1, 0, 0, 0, 1, 0) },
  ],
  ['a leaf of weight 0 at node 3 of tree 0', { weight0: Uint32Array.of(0, 0, 1, 0, 4, 8) }],
  ['a leaf of weight 16777217 at node 0 of tree 1', { weight0: Uint32Array.of(0, 0, 1, 2, 4, 2 ** 24 - 6) }],
];

for (const [found, changed] of faults) {
  test(`${found} is a fault`, () => assert.equal(findFault({ ...sound, ...changed }), found));
}

test('a forest without trees has a fault', () => {
  const none = new Int32Array();
  const columns = { feature: none, threshold: new Float64Array(), childrenRight: none };
  const weights = { weight0: new Uint32Array(), weight1: new Uint32Array() };
  assert.equal(findFault({ featureNames: [], treeStart: Uint32Array.of(0), ...columns, ...weights }), 'no trees');
});
