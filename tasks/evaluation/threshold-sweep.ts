import { checkScoredRows, type ScoredRows } from './scored-rows.ts';

/**
 * What a lower and lower threshold lets through. At step i every row whose probability is at least `thresholds[i]`
 * counts as flagged; thresholds are the distinct probabilities, highest first, so the last step flags every row.
 */
export interface ThresholdSweep {
  readonly positives: number;
  readonly negatives: number;
  readonly thresholds: Float64Array;
  readonly truePositives: Uint32Array;
  readonly falsePositives: Uint32Array;
}

/** Sorts the rows by probability once, for the ROC AUC and for both curves. Throws a RangeError on malformed rows. */
export function sweepThresholds(rows: ScoredRows): ThresholdSweep {
  checkScoredRows(rows);
  const positives = sortedProbabilities(rows, 1);
  const negatives = sortedProbabilities(rows, 0);
  const thresholds = new Float64Array(rows.labels.length);
  const truePositives = new Uint32Array(rows.labels.length);
  const falsePositives = new Uint32Array(rows.labels.length);

  // both lists are ascending, so their ends hold the highest probability not yet flagged
  let positivesLeft = positives.length;
  let negativesLeft = negatives.length;
  let steps = 0;
  while (positivesLeft > 0 || negativesLeft > 0) {
    const threshold = Math.max(positives[positivesLeft - 1] ?? 0, negatives[negativesLeft - 1] ?? 0);
    while (positives[positivesLeft - 1] === threshold) positivesLeft -= 1;
    while (negatives[negativesLeft - 1] === threshold) negativesLeft -= 1;
    thresholds[steps] = threshold;
    truePositives[steps] = positives.length - positivesLeft;
    falsePositives[steps] = negatives.length - negativesLeft;
    steps += 1;
  }
  return {
    positives: positives.length,
    negatives: negatives.length,
    thresholds: thresholds.subarray(0, steps),
    truePositives: truePositives.subarray(0, steps),
    falsePositives: falsePositives.subarray(0, steps),
  };
}

// without a comparator a typed array sorts natively, several times faster than sorting row numbers by probability
function sortedProbabilities({ labels, probabilities }: ScoredRows, label: number): Float64Array {
  const found = new Float64Array(labels.length);
  let count = 0;
  for (let row = 0; row < labels.length; row += 1) {
    if (labels[row] === label) found[count++] = probabilities[row] ?? 0;
  }
  return found.subarray(0, count).sort();
}
