import type { ScoredRows } from './scored-rows.ts';
import type { ThresholdSweep } from './threshold-sweep.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The rows whose probability lies in (from, to]; the lowest bin also holds probability 0. */
export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  readonly meanProbability: number;
  readonly defaultRate: number;
}

export interface Curves {
  /** x = false positive rate, y = true positive rate, from (0, 0) to (1, 1). Empty when only one class is present. */
  readonly roc: readonly Point[];
  /** x = recall, y = the precision it is reached at, a step function of rising recall. Empty when no row is a default. */
  readonly precisionRecall: readonly Point[];
  /** Lowest bin first; bins without rows are left out. */
  readonly calibration: readonly CalibrationBin[];
}

const MAX_POINTS = 200;
const BINS = 10;

/** The curves as they are drawn: at most 200 points each, the same for the same rows. */
export function computeCurves(rows: ScoredRows, sweep: ThresholdSweep): Curves {
  const steps = drawnSteps(sweep);
  return {
    roc: rocCurve(sweep, steps),
    precisionRecall: precisionRecallCurve(sweep, steps),
    calibration: calibrate(rows),
  };
}

function rocCurve({ positives, negatives, truePositives, falsePositives }: ThresholdSweep, steps: number[]): Point[] {
  if (positives === 0 || negatives === 0) return [];
  const points = steps.map((step) => ({
    x: (falsePositives[step] ?? 0) / negatives,
    y: (truePositives[step] ?? 0) / positives,
  }));
  return [{ x: 0, y: 0 }, ...points];
}

function precisionRecallCurve({ positives, truePositives, falsePositives }: ThresholdSweep, steps: number[]): Point[] {
  // a lower threshold that flags no further default only loses precision, so it adds nothing to the curve
  const gaining = steps.filter((step, i) => (truePositives[step] ?? 0) > (truePositives[steps[i - 1] ?? -1] ?? 0));
  return gaining.map((step) => {
    const tp = truePositives[step] ?? 0;
    return { x: tp / positives, y: tp / (tp + (falsePositives[step] ?? 0)) };
  });
}

/**
 * Steps of the sweep at equal distances along the ROC curve. Equal distances in rank would draw a rare class with a
 * handful of points, and equal distances in threshold would skip where many rows share a narrow range.
 */
function drawnSteps(sweep: ThresholdSweep): number[] {
  const count = sweep.thresholds.length;
  if (count < MAX_POINTS) return Array.from({ length: count }, (_, step) => step);
  const steps: number[] = [];
  let reached = -1;
  for (let step = 0; step < count - 1; step += 1) {
    const stretch = Math.floor(travelled(sweep, step) * (MAX_POINTS - 2));
    if (stretch > reached) steps.push(step);
    reached = stretch;
  }
  return [...steps, count - 1];
}

/** How much of the way from (0, 0) to (1, 1) lies behind a step, 0 to 1. */
function travelled({ positives, negatives, truePositives, falsePositives }: ThresholdSweep, step: number): number {
  const upward = (truePositives[step] ?? 0) / Math.max(positives, 1);
  const rightward = (falsePositives[step] ?? 0) / Math.max(negatives, 1);
  return (upward + rightward) / 2;
}

/** As sklearn.calibration.calibration_curve with ten uniform bins. */
function calibrate({ labels, probabilities }: ScoredRows): CalibrationBin[] {
  const rows = new Float64Array(BINS);
  const defaults = new Float64Array(BINS);
  const probabilitySums = new Float64Array(BINS);
  for (let row = 0; row < labels.length; row += 1) {
    const probability = probabilities[row] ?? 0;
    const bin = binOf(probability);
    rows[bin] = (rows[bin] ?? 0) + 1;
    defaults[bin] = (defaults[bin] ?? 0) + (labels[row] ?? 0);
    probabilitySums[bin] = (probabilitySums[bin] ?? 0) + probability;
  }
  return Array.from(rows, (count, bin) => ({
    from: bin / BINS,
    to: (bin + 1) / BINS,
    rows: count,
    meanProbability: (probabilitySums[bin] ?? 0) / count,
    defaultRate: (defaults[bin] ?? 0) / count,
  })).filter((bin) => bin.rows > 0);
}

// the edges are numpy's linspace, 3 * 0.1 and not 0.3, so that a probability on an edge falls where scikit-learn puts it
function binOf(probability: number): number {
  let bin = 0;
  while (bin < BINS - 1 && probability > (bin + 1) * 0.1) bin += 1;
  return bin;
}
