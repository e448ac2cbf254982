import type { ScoredRows } from './scored-rows.ts';
import type { ThresholdSweep } from './threshold-sweep.ts';

export interface ConfusionCounts {
  /** Defaults flagged. */
  readonly tp: number;
  /** Repaid loans flagged. */
  readonly fp: number;
  /** Defaults missed. */
  readonly fn: number;
  /** Repaid loans passed. */
  readonly tn: number;
}

export interface ClassCounts {
  readonly repaid: number;
  readonly defaulted: number;
}

/** The four scores of metrics.txt, each 0 to 1, and 0 where its denominator is 0. */
export interface DecisionScores {
  readonly accuracy: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

export interface Metrics extends DecisionScores {
  readonly rows: number;
  readonly classCounts: ClassCounts;
  readonly confusion: ConfusionCounts;
  /** null when only one class is present. */
  readonly rocAuc: number | null;
  /** In nats. */
  readonly logLoss: number;
  readonly brierScore: number;
  /** A sentence for each score that is undefined on these rows. */
  readonly warnings: readonly string[];
}

/**
 * Everything known about the scored rows, as scikit-learn >= 1.3 computes it with default (1) as the positive class.
 * `sharedRows` of them stand among the training rows too.
 */
export function computeMetrics(rows: ScoredRows, sweep: ThresholdSweep, sharedRows = 0): Metrics {
  const confusion = countConfusion(rows);
  const auc = rocAuc(sweep);
  return {
    rows: rows.labels.length,
    classCounts: { repaid: sweep.negatives, defaulted: sweep.positives },
    confusion,
    ...scoreDecisions(confusion),
    rocAuc: auc,
    ...probabilityLosses(rows),
    warnings: [
      ...undefinedScores(confusion),
      ...suspiciousScores(confusion, auc),
      ...inflatedScores(sharedRows, rows.labels.length),
    ],
  };
}

export function scoreDecisions({ tp, fp, fn, tn }: ConfusionCounts): DecisionScores {
  return {
    accuracy: ratio(tp + tn, tp + fp + fn + tn),
    precision: ratio(tp, tp + fp),
    recall: ratio(tp, tp + fn),
    f1: ratio(2 * tp, 2 * tp + fp + fn),
  };
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function countConfusion({ labels, predictions }: ScoredRows): ConfusionCounts {
  let tp = 0;
  let fp = 0;
  let fn = 0;
  for (let row = 0; row < labels.length; row += 1) {
    if (labels[row] === 1) predictions[row] === 1 ? tp++ : fn++;
    else if (predictions[row] === 1) fp++;
  }
  return { tp, fp, fn, tn: labels.length - tp - fp - fn };
}

/** Trapezoids under the ROC curve. Twice the area in pairs of rows is a whole number below 2^53, so the sum is exact. */
export function rocAuc({ positives, negatives, truePositives, falsePositives }: ThresholdSweep): number | null {
  if (positives === 0 || negatives === 0) return null;
  let twiceTheArea = 0;
  let tpBefore = 0;
  let fpBefore = 0;
  for (let step = 0; step < truePositives.length; step += 1) {
    const tp = truePositives[step] ?? 0;
    const fp = falsePositives[step] ?? 0;
    twiceTheArea += (fp - fpBefore) * (tp + tpBefore);
    tpBefore = tp;
    fpBefore = fp;
  }
  return twiceTheArea / (2 * positives * negatives);
}

function probabilityLosses({ labels, probabilities }: ScoredRows): { logLoss: number; brierScore: number } {
  let logLoss = 0;
  let brierScore = 0;
  for (let row = 0; row < labels.length; row += 1) {
    const { surprise, squaredError } = lossesOf(labels[row] ?? 0, probabilities[row] ?? 0);
    logLoss += surprise;
    brierScore += squaredError;
  }
  return { logLoss: logLoss / labels.length, brierScore: brierScore / labels.length };
}

/** What a row adds to sklearn.metrics.log_loss, which keeps probabilities one float64 epsilon away from 0 and 1, and to brier_score_loss. */
export function lossesOf(label: number, probability: number): { surprise: number; squaredError: number } {
  const ofWhatHappened = label === 1 ? probability : 1 - probability;
  const surprise = -Math.log(Math.min(Math.max(ofWhatHappened, Number.EPSILON), 1 - Number.EPSILON));
  return { surprise, squaredError: (1 - ofWhatHappened) ** 2 };
}

/** No better than the more frequent class or than chance; or perfect, which hints at target leakage. */
function suspiciousScores({ tp, fp, fn, tn }: ConfusionCounts, auc: number | null): string[] {
  const hasBothClasses = tp + fn > 0 && fp + tn > 0;
  const correct = tp + tn;
  const majority = Math.max(tp + fn, fp + tn);
  const warnings: string[] = [];
  if (hasBothClasses && correct <= majority) {
    warnings.push(
      `accuracy is no better than that of the more frequent class alone (${correct} against ${majority} rows correct)`,
    );
  }
  if (auc !== null && auc < 0.5) warnings.push('ROC AUC is below 0.5: rows are ranked worse than by chance');
  // of fewer a perfect order may be chance
  if (auc === 1 && Math.min(tp + fn, fp + tn) >= 10)
    warnings.push('ROC AUC is 1: probably a feature leaks the label, as one that is filled in after the outcome does');
  return warnings;
}

function inflatedScores(sharedRows: number, rows: number): string[] {
  if (sharedRows === 0) return [];
  return [`${sharedRows} of the ${rows} test rows stand in the training rows too: every score looks too good`];
}

function undefinedScores({ tp, fp, fn, tn }: ConfusionCounts): string[] {
  const warnings: string[] = [];
  if (tp + fp === 0) warnings.push('precision is undefined: no row was predicted as default; reported as 0');
  if (tp + fn === 0) warnings.push('recall is undefined: no row is a default; reported as 0');
  if (tp + fp + fn === 0) warnings.push('F1 is undefined: no row is a default or was predicted as one; reported as 0');
  if (tp + fn === 0 || fp + tn === 0) warnings.push('ROC AUC is undefined: all rows are of one class');
  return warnings;
}
