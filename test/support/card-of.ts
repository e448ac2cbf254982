import { type Dataset, ofCreditDefault } from '../../tasks/dataset/dataset.ts';
import { groupingsOf, groupRows } from '../../tasks/evaluation/credit/groups.ts';
import { takeSample } from '../../tasks/evaluation/credit/sample.ts';
import { creditReport } from '../../tasks/evaluation/credit-report.ts';
import { computeCurves } from '../../tasks/evaluation/curves.ts';
import { pairImportances } from '../../tasks/evaluation/importances.ts';
import { computeMetrics } from '../../tasks/evaluation/metrics.ts';
import { modelCard } from '../../tasks/evaluation/model-card.ts';
import { sweepThresholds } from '../../tasks/evaluation/threshold-sweep.ts';
import { featureImportances } from '../../tasks/forest/feature-importances.ts';
import { type ForestParameters, growForest } from '../../tasks/forest/grow-forest.ts';
import { predict } from '../../tasks/forest/predict.ts';
import { stratifiedSplit } from '../../tasks/forest/train-test-split.ts';
import type { Loans } from '../../tasks/loans/read-loans.ts';
import { type GoldenSet, testSize } from '../golden/golden-sets.ts';

/** The model card of a golden set's forest, and what it was made from. */
export async function cardOf(set: GoldenSet) {
  const loans = await set.readLoans();
  const { train, test } = stratifiedSplit(loans.labels, testSize, set.params.seed);
  const parameters = {
    nEstimators: set.params.n_estimators,
    maxDepth: set.params.max_depth,
    randomState: set.params.seed,
  };
  return { loans, train, test, ...(await evaluated(ofCreditDefault, loans, { train, test }, parameters)) };
}

/** What evaluate_model makes of a forest grown on some of the rows, and judged by others. */
export async function evaluated(
  dataset: Dataset,
  loans: Pick<Loans, 'features' | 'labels'>,
  rows: { readonly train: Uint32Array; readonly test: Uint32Array },
  parameters: ForestParameters,
) {
  const featureNames = dataset.features.map(({ name }) => name);
  const missingValues = dataset.hasMissingValues;
  const forest = growForest({ featureNames, ...loans, rows: rows.train, missingValues }, parameters);
  const features = loans.features.map((values) => Float64Array.from(rows.test, (row) => values[row] ?? Number.NaN));
  const labels = Uint8Array.from(rows.test, (row) => loans.labels[row] ?? 0);
  const scored = { labels, ...predict(forest, features, labels.length) };
  const sweep = sweepThresholds(scored);
  const curves = computeCurves(scored, sweep);
  const metrics = computeMetrics(scored, sweep);
  const sample = takeSample({ features, labels });
  const importances = pairImportances(featureNames, featureImportances(forest).join(','));
  const credit = await creditReport({
    ...{ forest, dataset, scored, sweep, curves, importances },
    sample,
    groups: groupRows(groupingsOf(dataset), features),
    costs: { falseNegative: 5, falsePositive: 1 },
    randomState: parameters.randomState,
    signal: new AbortController().signal,
  });
  const metadata = { data_rows: String(loans.labels.length), data_sha256: 'fedcba9876543210', n_estimators: '10' };
  const question = { dataset, metadata, scored, sweep, metrics, sha256Of: (input: string) => `hash of ${input}` };
  return {
    question,
    curves,
    importances,
    metrics,
    credit,
    sampleRows: sample.labels.length,
    card: modelCard({ ...question, credit }),
  };
}
