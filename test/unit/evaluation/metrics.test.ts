import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { computeMetrics, type Metrics } from '../../../tasks/evaluation/metrics.ts';
import type { ScoredRows } from '../../../tasks/evaluation/scored-rows.ts';
import { sweepThresholds } from '../../../tasks/evaluation/threshold-sweep.ts';
import { goldenRows, readGolden } from './golden-rows.ts';
import { scoreRows } from './score-rows.ts';

// [set, roc_auc_score, log_loss, brier_score_loss] from scikit-learn 1.2.1 and 1.9.1 on the golden test rows
const FROM_SCIKIT_LEARN = [
  ['plain-400', 0.9078776041666666, 0.4019651422177205, 0.1266040838210979],
  ['ties-600', 0.8933738425925926, 1.466917577575119, 0.11524178385416665],
  ['constant-300', 0.5815972222222222, 1.288664131764704, 0.2625778242206644],
  ['imbalance-1000', 0.6721938775510204, 0.26817161998027644, 0.022131407519605063],
  ['close-500', 0.49874999999999997, 0.7153533746475219, 0.25940756600131154],
  ['large-2000', 0.9302083333333334, 0.4101104396168007, 0.10309930154059592],
  ['separable-203', 1, 0.06635603112416545, 0.006252025571964574],
] as const;

for (const [set, rocAuc, logLoss, brierScore] of FROM_SCIKIT_LEARN) {
  test(`${set}: probabilities are judged as scikit-learn judges them`, () => {
    const metrics = metricsOf(goldenRows(set));
    assertClose(metrics.rocAuc ?? Number.NaN, rocAuc);
    assertClose(metrics.logLoss, logLoss);
    assertClose(metrics.brierScore, brierScore);
  });

  test(`${set}: predictions get the scores the Python pipeline printed`, () => {
    const { accuracy, precision, recall, f1 } = metricsOf(goldenRows(set));
    const scores = { accuracy, precision, recall, f1 };
    const lines = Object.entries(scores).map(([name, score]) => `${name} ${score.toFixed(4)}\n`);
    assert.equal(lines.join(''), readGolden(`${set}/metrics.txt`).toString());
  });
}

test('labels and predictions are counted into the cell they belong to', () => {
  const rows = {
    labels: Uint8Array.of(1, 1, 1, 1, 0, 0, 0, 1, 0, 1),
    predictions: Uint8Array.of(1, 1, 1, 1, 1, 1, 1, 0, 0, 0),
    probabilities: new Float64Array(10),
  };
  const { confusion, classCounts, rows: count } = metricsOf(rows);
  assert.deepEqual(confusion, { tp: 4, fp: 3, fn: 2, tn: 1 });
  assert.deepEqual(classCounts, { repaid: 4, defaulted: 6 });
  assert.equal(count, 10);
});

test('a certain but wrong probability costs what scikit-learn charges, and not infinity', () => {
  const rows = scoreRows([
    [0, 0],
    [0, 0.3],
    [1, 0.3],
    [1, 1],
    [1, 0],
    [0, 1],
  ]);
  const { logLoss, brierScore, rocAuc } = metricsOf(rows);
  assertClose(logLoss, 12.27465908774983);
  assertClose(brierScore, 0.43);
  assert.equal(rocAuc, 0.5);
});

test('the ROC AUC is the chance that a default outranks a repaid loan, a tie counting half', () => {
  const probability = fc.oneof(fc.constantFrom(0, -0, 0.25, 0.5, 1), fc.double({ min: 0, max: 1, noNaN: true }));
  const row = fc.tuple(fc.integer({ min: 0, max: 1 }), probability);
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 60 }), (rows) => {
      assert.equal(metricsOf(scoreRows(rows)).rocAuc, aucByPairs(rows));
    }),
    { numRuns: 1000 },
  );
});

test('a score without a denominator is 0 and said to be undefined', () => {
  const noneFlagged = metricsOf(
    scoreRows([
      [0, 0.1],
      [1, 0.2],
    ]),
  );
  assert.equal(noneFlagged.precision, 0);
  assert.deepEqual(noneFlagged.warnings, [
    'precision is undefined: no row was predicted as default; reported as 0',
    'accuracy is no better than that of the more frequent class alone (1 against 1 rows correct)',
  ]);

  const noneDefaulted = metricsOf(
    scoreRows([
      [0, 0.1],
      [0, 0.9],
    ]),
  );
  assert.equal(noneDefaulted.recall, 0);
  assert.deepEqual(noneDefaulted.warnings, [
    'recall is undefined: no row is a default; reported as 0',
    'ROC AUC is undefined: all rows are of one class',
  ]);

  const neither = metricsOf(
    scoreRows([
      [0, 0.1],
      [0, 0.2],
    ]),
  );
  assert.deepEqual([neither.accuracy, neither.f1], [1, 0]);
  assert.equal(neither.warnings.length, 4);
  assert.match(neither.warnings[2] ?? '', /^F1 is undefined/);
});

test('a model that is worse than the more frequent class, or than chance, is warned of', () => {
  const { warnings } = metricsOf(
    scoreRows([
      [0, 0.9],
      [0, 0.4],
      [0, 0.3],
      [1, 0.2],
    ]),
  );
  assert.deepEqual(warnings, [
    'accuracy is no better than that of the more frequent class alone (2 against 3 rows correct)',
    'ROC AUC is below 0.5: rows are ranked worse than by chance',
  ]);
});

test('test rows that the model has seen are warned of', () => {
  const rows = scoreRows([
    [0, 0.1],
    [1, 0.8],
  ]);
  assert.deepEqual(computeMetrics(rows, sweepThresholds(rows), 1).warnings, [
    '1 of the 2 test rows stand in the training rows too: every score looks too good',
  ]);
});

test('one class alone has no ROC AUC, but has a log loss', () => {
  const { rocAuc, logLoss, warnings } = metricsOf(
    scoreRows([
      [1, 0.1],
      [1, 0.8],
    ]),
  );
  assert.equal(rocAuc, null);
  assertClose(logLoss, (Math.log(10) + Math.log(1.25)) / 2);
  assert.deepEqual(warnings, ['ROC AUC is undefined: all rows are of one class']);
});

test('two classes that are both predicted give no warning', () => {
  assert.deepEqual(
    metricsOf(
      scoreRows([
        [0, 0.1],
        [1, 0.8],
      ]),
    ).warnings,
    [],
  );
});

test('a perfect ranking of more than a few rows hints at target leakage', () => {
  const both = Array.from({ length: 10 }, (): [number, number][] => [
    [0, 0.1],
    [1, 0.8],
  ]);
  assert.deepEqual(metricsOf(scoreRows(both.flat())).warnings, [
    'ROC AUC is 1: probably a feature leaks the label, as one that is filled in after the outcome does',
  ]);
});

function metricsOf(rows: ScoredRows): Metrics {
  return computeMetrics(rows, sweepThresholds(rows));
}

function aucByPairs(rows: readonly (readonly [number, number])[]): number | null {
  const defaulted = rows.filter(([label]) => label === 1);
  const repaid = rows.filter(([label]) => label === 0);
  if (defaulted.length === 0 || repaid.length === 0) return null;
  let halves = 0;
  for (const [, high] of defaulted) for (const [, low] of repaid) halves += high > low ? 2 : Number(high === low);
  return halves / (2 * defaulted.length * repaid.length);
}

function assertClose(actual: number, expected: number): void {
  assert.ok(
    Math.abs(actual - expected) <= 1e-13 * Math.max(1, Math.abs(expected)),
    `${actual} is not close to ${expected}`,
  );
}
