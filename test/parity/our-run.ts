import type { Dataset } from '../../tasks/dataset/dataset.ts';
import { computeMetrics } from '../../tasks/evaluation/metrics.ts';
import { metricsText } from '../../tasks/evaluation/metrics-text.ts';
import { sweepThresholds } from '../../tasks/evaluation/threshold-sweep.ts';
import { type ForestParameters, growForest } from '../../tasks/forest/grow-forest.ts';
import { predict } from '../../tasks/forest/predict.ts';
import { shuffledSplit, stratifiedSplit } from '../../tasks/forest/train-test-split.ts';
import { type Loans, readLoans } from '../../tasks/loans/read-loans.ts';
import { writeLoans } from '../../tasks/loans/write-loans.ts';
import { treesOf } from '../support/tree-columns.ts';
import type { PipelineRun, Seconds } from './pipeline-run.ts';

export interface PipelineParameters extends ForestParameters {
  readonly testSize: number;
}

/**
 * The pipeline on these loans, in this process.
 * @throws CannotSplit, RangeError as the split and the forest do
 */
export async function runOurs(
  dataset: Dataset,
  loans: Loans,
  parameters: PipelineParameters,
): Promise<{ readonly run: PipelineRun; readonly seconds: Seconds }> {
  const started = performance.now();
  const featureNames = dataset.features.map(({ name }) => name);
  const split = dataset.isStratified ? stratifiedSplit : shuffledSplit;
  const { train, test } = split(loans.labels, parameters.testSize, parameters.randomState);
  const testCsv = Buffer.concat([...writeLoans(loans, test)]);

  const fitStarted = performance.now();
  const forest = growForest(
    { featureNames, ...loans, rows: train, missingValues: dataset.hasMissingValues },
    parameters,
  );
  const fit = (performance.now() - fitStarted) / 1000;

  const held = await readLoans(dataset, asyncOf(testCsv));
  const scored = { labels: held.labels, ...predict(forest, held.features, held.rows) };
  const text = metricsText(computeMetrics(scored, sweepThresholds(scored)));
  const seconds = { whole: (performance.now() - started) / 1000, fit };
  const { probabilities } = scored;
  return { run: { train, test, testCsv, trees: () => treesOf(forest), probabilities, metricsText: text }, seconds };
}

async function* asyncOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
