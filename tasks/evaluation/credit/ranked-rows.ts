import { lossesOf } from '../metrics.ts';
import type { ScoredRows } from '../scored-rows.ts';

/** The rows by falling probability, of equal ones the repaid before the defaulted, and of these the predicted as repaid first. */
export interface RankedRows {
  readonly labels: Uint8Array;
  readonly predictions: Uint8Array;
  /** What each row adds to the log loss and to the Brier score. */
  readonly surprises: Float64Array;
  readonly squaredErrors: Float64Array;
  /** 1 at the last row of each probability. */
  readonly endsTie: Uint8Array;
}

export function rankedRows(scored: ScoredRows): RankedRows {
  const rows = scored.labels.length;
  const ranked = {
    labels: new Uint8Array(rows),
    predictions: new Uint8Array(rows),
    surprises: new Float64Array(rows),
    squaredErrors: new Float64Array(rows),
    endsTie: new Uint8Array(rows),
  };
  const parts = [0, 1, 2, 3].map((part) => ({ part, ascending: sortedPart(scored, part) }));
  const left = parts.map(({ ascending }) => ascending.length);
  for (let row = 0; row < rows; ) {
    const highest = Math.max(...parts.map(({ part, ascending }) => ascending[(left[part] ?? 0) - 1] ?? 0));
    for (const { part, ascending } of parts) {
      for (; ascending[(left[part] ?? 0) - 1] === highest; row += 1) {
        left[part] = (left[part] ?? 0) - 1;
        ranked.labels[row] = part >> 1;
        ranked.predictions[row] = part & 1;
        const { surprise, squaredError } = lossesOf(part >> 1, highest);
        ranked.surprises[row] = surprise;
        ranked.squaredErrors[row] = squaredError;
      }
    }
    ranked.endsTie[row - 1] = 1;
  }
  return ranked;
}

/** The probabilities of the rows with a label (the part's half) and a prediction (its remainder): see `sweepThresholds`. */
function sortedPart({ labels, probabilities, predictions }: ScoredRows, part: number): Float64Array {
  return probabilities.filter((_, row) => 2 * (labels[row] ?? 0) + (predictions[row] ?? 0) === part).sort();
}
