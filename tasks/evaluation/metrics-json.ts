import type { Metrics } from './metrics.ts';

/** The text of metrics.json: numbers at full precision, keys always in this order, nothing but what the rows decide. */
export function metricsJson(metrics: Metrics): string {
  const { confusion } = metrics;
  const content = {
    rows: metrics.rows,
    class_counts: { repaid: metrics.classCounts.repaid, defaulted: metrics.classCounts.defaulted },
    confusion_matrix: {
      true_negatives: confusion.tn,
      false_positives: confusion.fp,
      false_negatives: confusion.fn,
      true_positives: confusion.tp,
    },
    accuracy: metrics.accuracy,
    precision: metrics.precision,
    recall: metrics.recall,
    f1: metrics.f1,
    roc_auc: metrics.rocAuc,
    log_loss: metrics.logLoss,
    brier_score: metrics.brierScore,
    warnings: metrics.warnings,
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}
