import type { DecisionScores } from './metrics.ts';

/** The text of metrics.txt, byte for byte what the Airflow DAG's f-string writes. */
export function metricsText({ accuracy, precision, recall, f1 }: DecisionScores): string {
  return (
    'Model Performance Metrics\n' +
    '========================\n' +
    `Accuracy: ${formatScore(accuracy)}\n` +
    `Precision: ${formatScore(precision)}\n` +
    `Recall: ${formatScore(recall)}\n` +
    `F1 Score: ${formatScore(f1)}\n`
  );
}

/**
 * A score as Python's `%.4f` prints it. Python rounds an exact tie to even where toFixed rounds it up; the
 * only doubles that are exact ties at four decimals are the odd multiples of 1/32.
 */
export function formatScore(score: number): string {
  if ((score * 32) % 2 !== 1) return score.toFixed(4);
  const below = Math.floor(score * 10_000);
  const even = below % 2 === 0 ? below : below + 1;
  return (even / 10_000).toFixed(4);
}
