import type { ScoredRows } from '../../../tasks/evaluation/scored-rows.ts';

/** Rows of [label, probability], predicted as a forest does: class 1 only above one half. */
export function scoreRows(rows: readonly (readonly [label: number, probability: number])[]): ScoredRows {
  return {
    labels: Uint8Array.from(rows, ([label]) => label),
    probabilities: Float64Array.from(rows, ([, probability]) => probability),
    predictions: Uint8Array.from(rows, ([, probability]) => Number(probability > 0.5)),
  };
}
