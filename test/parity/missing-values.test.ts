import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growForest } from '../../tasks/forest/grow-forest.ts';
import { predict } from '../../tasks/forest/predict.ts';
import { findEntryDifference } from '../support/entry-difference.ts';
import { forestWithGaps } from '../support/forest-with-gaps.ts';
import { findNewPython, fitWithGaps, newPythonMissing } from '../support/scikit-learn-with-gaps.ts';
import { treesOf } from '../support/tree-columns.ts';
import { findTreeDifference } from '../support/tree-difference.ts';

/** RANDOM_FORESTS=10000 makes a long run of it, FIRST_SEED another one. */
const randomForests = Number(process.env.RANDOM_FORESTS || 200);
const firstSeed = Number(process.env.FIRST_SEED || 1_000_000);
const mostRows = Number(process.env.MOST_ROWS || 300);
const atOnce = 200;

const python = findNewPython();

test(`${randomForests} random forests on missing values are those of scikit-learn ${python?.version ?? ''}`, {
  skip: python ? false : newPythonMissing,
}, () => {
  assert.ok(python);
  for (let done = 0; done < randomForests; done += atOnce) {
    const seeds = Array.from({ length: Math.min(atOnce, randomForests - done) }, (_, i) => firstSeed + done + i);
    const forests = seeds.map((seed) => forestWithGaps(seed, mostRows));
    for (const [i, theirs] of fitWithGaps(python, forests).entries()) {
      const { data, parameters, asked } = forests[i] ?? forestWithGaps(0);
      const ours = growForest(data, parameters);
      assert.equal(findTreeDifference(treesOf(ours), theirs.trees), undefined, `seed ${seeds[i]}`);
      const { probabilities } = predict(ours, asked, data.rows.length);
      assert.equal(
        findEntryDifference('probability', probabilities, theirs.probabilities),
        undefined,
        `seed ${seeds[i]}`,
      );
    }
  }
});
