import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { ofCreditDefault } from '../../../tasks/dataset/dataset.ts';
import { featureImportances } from '../../../tasks/forest/feature-importances.ts';
import { growForest } from '../../../tasks/forest/grow-forest.ts';
import { MersenneTwister } from '../../../tasks/forest/mersenne-twister.ts';
import { stratifiedSplit } from '../../../tasks/forest/train-test-split.ts';
import type { TrainingData } from '../../../tasks/forest/training-data.ts';
import { readLoans } from '../../../tasks/loans/read-loans.ts';
import { featureNames } from '../../support/article-columns.ts';

/** Made by make_feature_importances.py. */
const expected: { golden: Record<string, number[]>; random: number[][] } = JSON.parse(
  readFileSync(process.env.FEATURE_IMPORTANCES ?? new URL('feature-importances.json', import.meta.url), 'utf8'),
);
const golden = new URL('../../golden/', import.meta.url);

for (const set of readdirSync(golden, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
  test(`${set.name}: the importances are scikit-learn's to the last bit`, async () => {
    const folder = new URL(`${set.name}/`, golden);
    const params = JSON.parse(readFileSync(new URL('params.json', folder), 'utf8'));
    const loans = await readLoans(ofCreditDefault, Readable.from([readFileSync(new URL('loans.csv', folder))]));
    const data = { featureNames, ...loans, rows: stratifiedSplit(loans.labels, 0.2, params.seed).train };
    const parameters = { nEstimators: params.n_estimators, maxDepth: params.max_depth, randomState: params.seed };
    assert.deepEqual([...featureImportances(growForest(data, parameters))], expected.golden[set.name]);
  });
}

for (const importances of expected.random) {
  const features = importances.length;
  test(`the importances of ${features} features are scikit-learn's to the last bit`, () => {
    const forest = growForest(randomRows(features), { nEstimators: 10, maxDepth: 6, randomState: features });
    assert.deepEqual([...featureImportances(forest)], importances);
  });
}

test('no feature matters where no tree splits', () => {
  const rows = randomRows(3);
  const forest = growForest({ ...rows, labels: rows.labels.fill(0) }, { nEstimators: 3, maxDepth: 6, randomState: 1 });
  assert.deepEqual([...featureImportances(forest)], [0, 0, 0]);
});

/** The rows of random_rows in make_feature_importances.py. */
function randomRows(features: number): TrainingData {
  const random = new MersenneTwister(features);
  const rows = Array.from({ length: 200 }, () => {
    const x = Array.from({ length: features }, () => (random.next32() % 1000) / 8);
    const noise = (random.next32() % 500) / 8;
    return { x, label: (x[0] ?? 0) / 2 + (x[features - 1] ?? 0) / 2 + noise > 93 ? 1 : 0 };
  });
  return {
    featureNames: Array.from({ length: features }, (_, f) => `feature_${f}`),
    features: Array.from({ length: features }, (_, f) => Float64Array.from(rows, ({ x }) => x[f] ?? Number.NaN)),
    labels: Uint8Array.from(rows, ({ label }) => label),
    rows: Uint32Array.from(rows, (_, row) => row),
  };
}
