import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growForest } from '../../tasks/forest/grow-forest.ts';
import { predict } from '../../tasks/forest/predict.ts';
import { findEntryDifference } from '../support/entry-difference.ts';
import { type ForestWithGaps, forestWithGaps } from '../support/forest-with-gaps.ts';
import { findNewPython, fitWithGaps, newPythonMissing } from '../support/scikit-learn-with-gaps.ts';
import { treesOf } from '../support/tree-columns.ts';
import { findTreeDifference } from '../support/tree-difference.ts';

/** RANDOM_FORESTS=10000 makes a long run of it, FIRST_SEED another one, MOST_ROWS one of larger tables. */
const randomForests = Number(process.env.RANDOM_FORESTS || 200);
const firstSeed = Number(process.env.FIRST_SEED || 1_000_000);
const mostRows = Number(process.env.MOST_ROWS || 300);
const atOnce = 100;

const python = findNewPython();
const theirName = `scikit-learn ${python?.version ?? '1.9'}`;
const options = { skip: python ? false : newPythonMissing };

test(`${randomForests} random forests on missing values are those of ${theirName}`, options, () => {
  const seeds = Array.from({ length: randomForests }, (_, i) => firstSeed + i);
  assertSameForests(seeds, (seed) => forestWithGaps(seed, { mostRows }));
});

test(`forests on any number of features from 1 to 500 are those of ${theirName}`, options, () => {
  const counts = Array.from({ length: 73 }, (_, i) => Math.min(1 + 7 * i, 500));
  assertSameForests(counts, (features) => forestWithGaps(firstSeed + features, { mostRows: 150, features }));
});

function assertSameForests(numbers: readonly number[], create: (number: number) => ForestWithGaps): void {
  assert.ok(python);
  for (let done = 0; done < numbers.length; done += atOnce) {
    const some = numbers.slice(done, done + atOnce).map((number) => ({ number, ...create(number) }));
    const fitted = fitWithGaps(python, some);
    for (const [i, { number, data, parameters, asked }] of some.entries()) {
      const theirs = fitted[i] ?? { trees: [], probabilities: new Float64Array() };
      const ours = growForest(data, parameters);
      assert.equal(findTreeDifference(treesOf(ours), theirs.trees), undefined, `number ${number}`);
      const { probabilities } = predict(ours, asked, data.rows.length);
      const difference = findEntryDifference('probability', probabilities, theirs.probabilities);
      assert.equal(difference, undefined, `number ${number}`);
    }
  }
}
