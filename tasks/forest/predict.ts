import { fillGaps, findGaps, forestOverGaps } from './fill-gaps.ts';
import { float32Below } from './float32-below.ts';
import type { Forest } from './forest.ts';
import { Kernel, kernelMemory } from './kernel.ts';

type Columns = readonly (Float32Array | Float64Array)[];

/** What a forest says of rows, one entry each. */
export interface Prediction {
  /** P(class 1). */
  readonly probabilities: Float64Array<ArrayBuffer>;
  /** The more probable class; class 0 where both are equal. */
  readonly predictions: Uint8Array<ArrayBuffer>;
}

/** More would be more alike, but have no room in a core's last cache. */
const MOST_ROWS = 262_144;
/** In 64 MiB: of many columns fewer rows at a time. */
const MOST_VALUES = 2 ** 24;

/** How many rows of so many features are predicted at a time: blocks of so many are predicted fastest. */
export function rowsAtATime(features: number): number {
  return Math.min(MOST_ROWS, Math.ceil(MOST_VALUES / features));
}

/**
 * Predicts the first `rows` rows of the feature columns, which stand in the order of `forest.featureNames`.
 * Values are taken as float32; NaN is a missing value, and only for a forest with `missingGoToLeft`. Follows scikit-learn's
 * `RandomForestClassifier.predict_proba` with n_jobs=1, to the last bit: each class's share of the leaf's weight, summed in tree order, divided by the number of trees.
 */
export function predict(forest: Forest, columns: Columns, rows: number): Prediction {
  return new Predictor(forest).predict(columns, rows);
}

/** `predict` for block after block of rows: the forest is laid out once for all blocks with gaps in the same columns. */
export class Predictor {
  readonly #forest: Forest;
  #layout: Layout | undefined;

  constructor(forest: Forest) {
    this.#forest = forest;
  }

  predict(columns: Columns, rows: number): Prediction {
    const withGaps = this.#forest.missingGoToLeft ? findGaps(columns) : [];
    if (`${this.#layout?.withGaps}` !== `${withGaps}`) this.#layout = undefined;
    this.#layout ??= layOut(this.#forest, withGaps, rows);
    return walk(this.#layout, fillGaps(columns, withGaps), rows);
  }
}

interface Layout {
  readonly withGaps: readonly number[];
  readonly kernel: Kernel;
  /** How many rows at a time. */
  readonly capacity: number;
}

function layOut(forest: Forest, withGaps: readonly number[], rows: number): Layout {
  const capacity = Math.min(rows, rowsAtATime(forest.featureNames.length + withGaps.length));
  return { withGaps, capacity, kernel: openForest(forestOverGaps(forest, withGaps), capacity) };
}

function walk({ kernel, capacity }: Layout, columns: Columns, rows: number): Prediction {
  const blockRows = kernel.constant('BLOCK_ROWS');
  const values = kernel.floats('rowValues', capacity * columns.length);
  const prediction = { probabilities: new Float64Array(rows), predictions: new Uint8Array(rows) };
  for (let start = 0; start < rows; start += capacity) {
    const end = Math.min(start + capacity, rows);
    for (const [c, column] of columns.entries()) values.set(column.subarray(start, end), c * capacity);
    kernel.call('orderRows', end - start);
    for (let first = 0; first < end - start; first += blockRows)
      kernel.call('predictBlock', first, Math.min(blockRows, end - start - first));
    prediction.probabilities.set(kernel.doubles('probabilities', end - start), start);
    prediction.predictions.set(kernel.bytes('predictions', end - start), start);
  }
  return prediction;
}

/** The kernel with the forest in its memory, and room for so many rows. */
function openForest(forest: Forest, rows: number): Kernel {
  const nodes = forest.feature.length;
  const sizes = [nodes, forest.treeStart.length - 1, forest.featureNames.length, rows];
  const bytes = new Kernel(kernelMemory(0)).call('layOutPrediction', ...sizes);
  const kernel = new Kernel(kernelMemory(bytes));
  kernel.call('layOutPrediction', ...sizes);
  kernel.words('treeStarts', forest.treeStart.length).set(forest.treeStart);
  kernel.integers('walkedFeature', nodes).set(forest.feature);
  kernel.integers('walkedChildrenRight', nodes).set(forest.childrenRight);
  kernel.words('walkedWeight0', nodes).set(forest.weight0);
  kernel.words('walkedWeight1', nodes).set(forest.weight1);
  const thresholds = kernel.floats('walkedThreshold', nodes);
  for (let node = 0; node < nodes; node++) thresholds[node] = float32AtMost(forest.threshold[node]);
  kernel.call('placeNodes');
  return kernel;
}

/** The largest float32 that is not above the threshold: it decides every float32 as the threshold does. */
function float32AtMost(threshold: number): number {
  const nearest = Math.fround(threshold);
  return nearest <= threshold ? nearest : float32Below(threshold);
}
