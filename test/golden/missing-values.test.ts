import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { growForest } from '../../tasks/forest/grow-forest.ts';
import { predict } from '../../tasks/forest/predict.ts';
import { decodeModel } from '../../tasks/model/decode-model.ts';
import { encodeModel } from '../../tasks/model/encode-model.ts';
import { forestWithGaps } from '../support/forest-with-gaps.ts';
import { gapsOfOtherLabels } from '../support/onnxruntime.ts';
import { referenceForest } from '../support/reference-forest.ts';
import { columnsOfNodes } from '../support/reference-nodes.ts';
import { digestOfTrees, treesOf } from '../support/tree-columns.ts';

interface Golden {
  readonly seed: number;
  readonly mostRows?: number;
  readonly features?: number;
  readonly forest_sha256: string;
  readonly probabilities_sha256: string;
}

const { forests }: { forests: readonly Golden[] } = JSON.parse(
  readFileSync(new URL('missing-values.json', import.meta.url), 'utf8'),
);

for (const { seed, forest_sha256, probabilities_sha256, ...wanted } of forests) {
  const { data, parameters, asked } = forestWithGaps(seed, wanted);
  const shape = `${data.rows.length} rows of ${data.features.length} features with missing values, seed ${seed}`;

  test(`${shape}: the forest and what it says are scikit-learn's, the model's and the reference's`, async () => {
    const forest = growForest(data, parameters);
    assert.equal(digestOfTrees(treesOf(forest)), forest_sha256);
    const { probabilities } = predict(forest, asked, data.rows.length);
    assert.equal(createHash('sha256').update(probabilities).digest('hex'), probabilities_sha256);

    assert.deepEqual(await gapsOfOtherLabels(forest, asked, data.rows.length), []);
    const { nNodeSamples, impurity, ...written } = forest;
    assert.deepEqual(decodeModel(encodeModel(forest, {})).forest, written);

    assert.equal(digestOfTrees(referenceForest(data, parameters).map(columnsOfNodes)), forest_sha256);
  });
}
