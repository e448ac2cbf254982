import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { ofCreditDefault } from '../../tasks/dataset/dataset.ts';
import { growForest } from '../../tasks/forest/grow-forest.ts';
import { stratifiedSplit } from '../../tasks/forest/train-test-split.ts';
import { featureNames } from '../support/article-columns.ts';
import { readLoans } from '../../tasks/loans/read-loans.ts';
import { decodeModel } from '../../tasks/model/decode-model.ts';
import { encodeModel } from '../../tasks/model/encode-model.ts';
import { gapsOfOtherLabels } from '../support/onnxruntime.ts';
import { rowsAround } from '../support/random-forest.ts';

const goldenDirectory = import.meta.dirname;
const rowsAroundThresholds = 5_000;

const sets = readdirSync(goldenDirectory, { withFileTypes: true }).filter((entry) => entry.isDirectory());

for (const { name } of sets) {
  test(`${name}: onnxruntime finds the probabilities and labels of the forest, and the model gives it back`, async () => {
    const { loans, forest } = await growGolden(name);
    assert.deepEqual(await gapsOfOtherLabels(forest, loans.features, loans.rows), []);
    const around = rowsAround(forest, rowsAroundThresholds, 1);
    assert.deepEqual(await gapsOfOtherLabels(forest, around, rowsAroundThresholds), []);
    const { nNodeSamples, impurity, ...written } = forest;
    assert.deepEqual(decodeModel(encodeModel(forest, {})).forest, written);
  });
}

async function growGolden(name: string) {
  const set = join(goldenDirectory, name);
  const { n_estimators: nEstimators, max_depth: maxDepth, seed: randomState } = JSON.parse(
    readFileSync(join(set, 'params.json'), 'utf8'),
  );
  const loans = await readLoans(ofCreditDefault, Readable.from([readFileSync(join(set, 'loans.csv'))]));
  const rows = stratifiedSplit(loans.labels, 0.2, randomState).train;
  const forest = growForest({ featureNames, ...loans, rows }, { nEstimators, maxDepth, randomState });
  return { loans, forest };
}
