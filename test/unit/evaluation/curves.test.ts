import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Curves, computeCurves, type Point } from '../../../tasks/evaluation/curves.ts';
import { computeMetrics } from '../../../tasks/evaluation/metrics.ts';
import type { ScoredRows } from '../../../tasks/evaluation/scored-rows.ts';
import { sweepThresholds } from '../../../tasks/evaluation/threshold-sweep.ts';
import { scoreRows } from './score-rows.ts';

test('few thresholds are all drawn', () => {
  const { roc, precisionRecall } = curvesOf(
    scoreRows([
      [0, 0],
      [0, 0.3],
      [1, 0.3],
      [1, 1],
      [1, 0],
      [0, 1],
    ]),
  );
  assert.deepEqual(roc, [
    { x: 0, y: 0 },
    { x: 1 / 3, y: 1 / 3 },
    { x: 2 / 3, y: 2 / 3 },
    { x: 1, y: 1 },
  ]);
  assert.deepEqual(precisionRecall, [
    { x: 1 / 3, y: 0.5 },
    { x: 2 / 3, y: 0.5 },
    { x: 1, y: 0.5 },
  ]);
});

test('a threshold that only loses precision is no point of the precision-recall curve', () => {
  const { precisionRecall } = curvesOf(
    scoreRows([
      [0, 0.9],
      [1, 0.8],
      [0, 0.7],
      [0, 0.6],
      [1, 0.5],
      [0, 0.4],
    ]),
  );
  assert.deepEqual(precisionRecall, [
    { x: 0.5, y: 0.5 },
    { x: 1, y: 0.4 },
  ]);
});

for (const defaultRate of [0.5, 0.001]) {
  test(`50,000 rows with ${defaultRate} of defaults are thinned to 200 points that keep the curve`, () => {
    const rows = manyRows(50_000, defaultRate);
    const { roc, precisionRecall } = curvesOf(rows);
    assert.ok(roc.length > 20 && roc.length <= 200, `${roc.length} points`);
    assert.ok(precisionRecall.length > 20 && precisionRecall.length <= 200, `${precisionRecall.length} points`);
    assert.deepEqual(
      [roc.at(0), roc.at(-1)],
      [
        { x: 0, y: 0 },
        { x: 1, y: 1 },
      ],
    );
    assert.ok(isAscending(roc) && isAscending(precisionRecall));
    const exact = computeMetrics(rows, sweepThresholds(rows)).rocAuc ?? Number.NaN;
    assert.ok(Math.abs(areaUnder(roc) - exact) < 0.005, `area ${areaUnder(roc)} instead of ${exact}`);
  });
}

test('one class alone has no ROC curve, and no precision-recall curve without defaults', () => {
  const repaid = curvesOf(
    scoreRows([
      [0, 0.1],
      [0, 0.9],
    ]),
  );
  assert.deepEqual([repaid.roc, repaid.precisionRecall], [[], []]);
  const defaulted = curvesOf(
    scoreRows([
      [1, 0.1],
      [1, 0.9],
    ]),
  );
  assert.deepEqual(
    [defaulted.roc, defaulted.precisionRecall],
    [
      [],
      [
        { x: 0.5, y: 1 },
        { x: 1, y: 1 },
      ],
    ],
  );
});

// calibration_curve(labels, probabilities, n_bins=10) gives [0.5 0.5 1 0.5], [0.05 0.3 0.31 0.975]
test('a probability on an edge counts in the bin where scikit-learn counts it', () => {
  const { calibration } = curvesOf(
    scoreRows([
      [0, 0],
      [1, 0.1],
      [0, 0.3],
      [1, 0.30000000000000004],
      [1, 0.31],
      [0, 0.95],
      [1, 1],
    ]),
  );
  assert.deepEqual(calibration, [
    { from: 0, to: 0.1, rows: 2, meanProbability: 0.05, defaultRate: 0.5 },
    { from: 0.2, to: 0.3, rows: 2, meanProbability: 0.30000000000000004, defaultRate: 0.5 },
    { from: 0.3, to: 0.4, rows: 1, meanProbability: 0.31, defaultRate: 1 },
    { from: 0.9, to: 1, rows: 2, meanProbability: 0.975, defaultRate: 0.5 },
  ]);
});

function curvesOf(rows: ScoredRows): Curves {
  return computeCurves(rows, sweepThresholds(rows));
}

/** Every row its own probability; defaults lie higher on the whole. */
function manyRows(count: number, defaultRate: number): ScoredRows {
  return scoreRows(
    Array.from({ length: count }, (_, i) => {
      const spread = (i * 0.6180339887498949) % 1;
      const defaulted = (i * 0.7548776662466927) % 1 < defaultRate;
      return defaulted ? [1, Math.sqrt(spread)] : [0, spread];
    }),
  );
}

function isAscending(points: readonly Point[]): boolean {
  return points.every(({ x }, i) => x >= (points[i - 1]?.x ?? 0));
}

function areaUnder(points: readonly Point[]): number {
  return points.reduce((area, { x, y }, i) => {
    const before = points[i - 1] ?? { x, y };
    return area + ((x - before.x) * (y + before.y)) / 2;
  }, 0);
}
