import type { Forest } from '../../forest/forest.ts';
import { type Prediction, predict } from '../../forest/predict.ts';

/** Rows with their features, the first of the test rows: these stand in the split's random order. */
export interface Sample {
  /** In the model's order; NaN where a value is missing. */
  readonly features: readonly Float64Array[];
  readonly labels: Uint8Array;
}

export const REPEATS = 5;
export const GRID = 20;
/** Held of the test rows, to be predicted again and again. */
export const MOST_ROWS = 5_000;
/** Of how many features the effects are measured: with hundreds, each prediction is of hundreds of values. */
export const MOST_FEATURES = 20;
const MOST_VALUES = 100_000_000;

/** How many test rows are predicted again and again with changed features: fewer where there are many features. */
export function sampleSize(rows: number, features: number): number {
  return Math.min(
    rows,
    MOST_ROWS,
    Math.floor(MOST_VALUES / (Math.min(features, MOST_FEATURES) * (REPEATS + GRID) * features)),
  );
}

export function takeSample({ features, labels }: Sample): Sample {
  const rows = sampleSize(labels.length, features.length);
  return { features: features.map((values) => values.subarray(0, rows)), labels: labels.subarray(0, rows) };
}

export type Variant = Float64Array | number;

/** Predicts a sample with other values of one feature, many variants at once: each call begins with the whole forest. */
export class StackedSample {
  readonly #forest: Forest;
  readonly #sample: Sample;
  readonly #columns: readonly Float32Array[];

  constructor(forest: Forest, sample: Sample) {
    this.#forest = forest;
    this.#sample = sample;
    const rows = sample.labels.length;
    this.#columns = sample.features.map((values) => {
      const column = new Float32Array(rows * (REPEATS + GRID));
      for (let variant = 0; variant < REPEATS + GRID; variant += 1) column.set(values, variant * rows);
      return column;
    });
  }

  /** What the forest says of the sample with each variant in place of the feature's values: a column, or one value. */
  predict(feature: number, variants: readonly Variant[]): Prediction[] {
    const rows = this.#sample.labels.length;
    const changed = new Float32Array(rows * variants.length);
    for (const [v, variant] of variants.entries()) {
      if (typeof variant === 'number') changed.fill(variant, v * rows, (v + 1) * rows);
      else changed.set(variant, v * rows);
    }
    const columns = this.#columns.map((column, f) => (f === feature ? changed : column));
    const { probabilities, predictions } = predict(this.#forest, columns, changed.length);
    return variants.map((_, v) => ({
      probabilities: probabilities.subarray(v * rows, (v + 1) * rows),
      predictions: predictions.subarray(v * rows, (v + 1) * rows),
    }));
  }
}
