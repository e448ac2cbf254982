import type { ScoredRows } from '../scored-rows.ts';

const BINS = 100;

/** How many rows of each class lie in each hundredth of the probabilities: [i/100, (i+1)/100), the last with 1. */
export interface ScoreDistribution {
  readonly repaid: readonly number[];
  readonly defaulted: readonly number[];
}

export function distributeScores({ labels, probabilities }: ScoredRows): ScoreDistribution {
  const counts = [new Array<number>(BINS).fill(0), new Array<number>(BINS).fill(0)] as const;
  for (let row = 0; row < labels.length; row += 1) {
    const ofClass = labels[row] === 1 ? counts[1] : counts[0];
    const bin = binOf(probabilities[row] ?? 0);
    ofClass[bin] = (ofClass[bin] ?? 0) + 1;
  }
  return { repaid: counts[0], defaulted: counts[1] };
}

/** By the edges themselves: 0.29 * 100 is below 29, and 0.29 is not below 29 / 100. */
function binOf(probability: number): number {
  const near = Math.floor(probability * BINS);
  const bin = probability >= (near + 1) / BINS ? near + 1 : probability < near / BINS ? near - 1 : near;
  return Math.min(bin, BINS - 1);
}
