import assert from 'node:assert/strict';
import { test } from 'node:test';
import { computeMetrics } from '../../../tasks/evaluation/metrics.ts';
import { metricsJson } from '../../../tasks/evaluation/metrics-json.ts';
import { sweepThresholds } from '../../../tasks/evaluation/threshold-sweep.ts';
import { scoreRows } from './score-rows.ts';

test('metrics.json holds every number at full precision, in a fixed order', () => {
  const rows = scoreRows([
    [0, 0.25],
    [0, 0.75],
    [1, 0.75],
    [1, 1],
    [1, 0],
  ]);
  assert.equal(
    metricsJson(computeMetrics(rows, sweepThresholds(rows))),
    `{
  "rows": 5,
  "class_counts": {
    "repaid": 2,
    "defaulted": 3
  },
  "confusion_matrix": {
    "true_negatives": 1,
    "false_positives": 1,
    "false_negatives": 1,
    "true_positives": 2
  },
  "accuracy": 0.6,
  "precision": 0.6666666666666666,
  "recall": 0.6666666666666666,
  "f1": 0.6666666666666666,
  "roc_auc": 0.5833333333333334,
  "log_loss": 7.6010623790281215,
  "brier_score": 0.3375,
  "warnings": [
    "accuracy is no better than that of the more frequent class alone (3 against 3 rows correct)"
  ]
}
`,
  );
});

test('a ROC AUC that is undefined is null, with the reason beside it', () => {
  const rows = scoreRows([[1, 0.75]]);
  const text = metricsJson(computeMetrics(rows, sweepThresholds(rows)));
  assert.match(text, /"roc_auc": null,/);
  assert.match(text, /"warnings": \[\n {4}"ROC AUC is undefined: all rows are of one class"\n {2}\]/);
});
