import { MersenneTwister } from '../../tasks/forest/mersenne-twister.ts';
import type { TrainingData } from '../../tasks/forest/training-data.ts';

/** Loans of two columns that something can be learnt from, all of them to train on; a count makes the same loans everywhere. */
export function randomLoans(count: number): TrainingData {
  const random = new MersenneTwister(count);
  const amounts = Float64Array.from({ length: count }, () => random.interval(99_999) / 100);
  return {
    featureNames: ['loan_amount', 'age'],
    features: [amounts, Float64Array.from(amounts, () => 18 + random.interval(60))],
    labels: Uint8Array.from(amounts, (value) => (value + random.interval(600) > 700 ? 1 : 0)),
    rows: Uint32Array.from({ length: count }, (_, row) => row),
  };
}
