import type { DatasetColumn } from '../../dataset/dataset-column.ts';
import type { Prediction } from '../../forest/predict.ts';
import { GRID } from './sample.ts';

/** The mean probability of default if every row of the sample had the value. */
export interface DependencePoint {
  readonly value: number;
  /** Where the value is a category or a boolean: its text. */
  readonly text?: string;
  readonly meanProbability: number;
}

/**
 * The values to try: all of a feature that has few, or of a category the most frequent; else 20 at equal distances between the
 * 5th and the 95th percentile, as scikit-learn's `partial_dependence(…, grid_resolution=20)` has them. Missing values are none.
 */
export function dependenceGrid({ type, categories }: DatasetColumn, values: Float64Array): number[] {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const counts = new Map<number, number>();
  for (const value of sorted) counts.set(value, (counts.get(value) ?? 0) + 1);
  if (counts.size < GRID) return [...counts.keys()];
  if (type === 'category' && categories.length > 0) return mostFrequent(counts);
  const [low, high] = [quantile(sorted, 0.05), quantile(sorted, 0.95)];
  return low < high ? spaced(low, high) : spaced(sorted[0] ?? 0, sorted.at(-1) ?? 0);
}

export function dependencePoints(
  { type, categories }: DatasetColumn,
  grid: readonly number[],
  predictions: readonly Prediction[],
): DependencePoint[] {
  const texts = type === 'boolean' ? ['false', 'true'] : categories;
  return grid.map((value, g) => {
    const probabilities = predictions[g]?.probabilities ?? new Float64Array();
    const sum = probabilities.reduce((total, probability) => total + probability, 0);
    const text = texts[value];
    return { value, ...(text === undefined ? {} : { text }), meanProbability: sum / probabilities.length };
  });
}

/** Of equally frequent ones the first. In the order of the values. */
function mostFrequent(counts: ReadonlyMap<number, number>): number[] {
  const frequent = [...counts].sort(([, a], [, b]) => b - a).slice(0, GRID);
  return frequent.map(([value]) => value).sort((a, b) => a - b);
}

/** numpy's `linspace`. */
function spaced(low: number, high: number): number[] {
  const step = (high - low) / (GRID - 1);
  return Array.from({ length: GRID }, (_, i) => (i === GRID - 1 ? high : i * step + low));
}

/** scipy's `mquantiles`, of at least two values. */
function quantile(sorted: Float64Array, share: number): number {
  const place = sorted.length * share + 0.4 + share * (1 - 0.4 - 0.4);
  const below = Math.floor(Math.min(Math.max(place, 1), sorted.length - 1));
  const weight = Math.min(Math.max(place - below, 0), 1);
  return (1 - weight) * (sorted[below - 1] ?? 0) + weight * (sorted[below] ?? 0);
}
