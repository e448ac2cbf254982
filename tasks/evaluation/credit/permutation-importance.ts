import { MersenneTwister } from '../../forest/mersenne-twister.ts';
import type { Prediction } from '../../forest/predict.ts';
import { rocAuc } from '../metrics.ts';
import { sweepThresholds } from '../threshold-sweep.ts';
import { REPEATS } from './sample.ts';

/** By how much the ROC AUC falls when the values of a feature change places. */
export interface PermutationImportance {
  readonly mean: number;
  /** Over the repeats, as numpy's `std`. */
  readonly deviation: number;
}

/**
 * The columns that scikit-learn's `permutation_importance(…, n_repeats=5, random_state)` tries in place of `values`: each
 * repeat shuffles the order once more, and puts the column of the one before in that order.
 */
export function permutedColumns(values: Float64Array, randomState: number): Float64Array[] {
  const random = new MersenneTwister(new MersenneTwister(randomState).randint(0, 2 ** 31));
  const order = Uint32Array.from(values, (_, row) => row);
  let column = values;
  return Array.from({ length: REPEATS }, () => {
    random.shuffle(order);
    const before = column;
    column = Float64Array.from(order, (row) => before[row] ?? Number.NaN);
    return column;
  });
}

/** `baseline` is the ROC AUC of the sample as it is. */
export function permutationImportance(
  baseline: number,
  labels: Uint8Array,
  permuted: readonly Prediction[],
): PermutationImportance {
  const losses = permuted.map((prediction) => baseline - (rocAuc(sweepThresholds({ labels, ...prediction })) ?? 0));
  const mean = meanOf(losses);
  return { mean, deviation: Math.sqrt(meanOf(losses.map((loss) => (loss - mean) ** 2))) };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
