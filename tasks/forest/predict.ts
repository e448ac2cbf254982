import { type Forest, LEAF } from './forest.ts';

/** What a forest says of rows, one entry each. */
export interface Prediction {
  /** P(class 1). */
  readonly probabilities: Float64Array;
  /** The more probable class; class 0 where both are equal. */
  readonly predictions: Uint8Array;
}

const BLOCK_ROWS = 1024;

/**
 * Predicts the first `rows` rows of the feature columns, which stand in the order of `forest.featureNames`.
 * Values are taken as float32. Follows scikit-learn's `RandomForestClassifier.predict_proba` with n_jobs=1, to the last
 * bit: each class's share of the leaf's weight, summed in tree order, divided by the number of trees.
 */
export function predict(forest: Forest, columns: readonly (Float32Array | Float64Array)[], rows: number): Prediction {
  const prediction = { probabilities: new Float64Array(rows), predictions: new Uint8Array(rows) };
  const block = new Float32Array(BLOCK_ROWS * columns.length);
  for (let start = 0; start < rows; start += BLOCK_ROWS) {
    const end = Math.min(start + BLOCK_ROWS, rows);
    for (let row = start; row < end; row++) {
      for (let c = 0; c < columns.length; c++) block[(row - start) * columns.length + c] = columns[c][row];
    }
    predictBlock(forest, block, start, end, prediction);
  }
  return prediction;
}

/** `block` holds the rows `start` to `end`, one after the other. */
function predictBlock(
  { treeStart, feature, threshold, childrenRight, weight0, weight1, featureNames }: Forest,
  block: Float32Array,
  start: number,
  end: number,
  { probabilities, predictions }: Prediction,
): void {
  const trees = treeStart.length - 1;
  const width = featureNames.length;
  const sum0 = new Float64Array(end - start);
  const sum1 = new Float64Array(end - start);
  for (let tree = 0; tree < trees; tree++) {
    const root = treeStart[tree];
    for (let i = 0; i < sum0.length; i++) {
      let node = root;
      while (feature[node] !== LEAF) {
        node = block[i * width + feature[node]] <= threshold[node] ? node + 1 : root + childrenRight[node];
      }
      const weight = weight0[node] + weight1[node];
      sum0[i] += weight0[node] / weight;
      sum1[i] += weight1[node] / weight;
    }
  }
  // each class on its own: 1 - P(class 1) can differ from P(class 0) in the last bit, and with it the class
  for (let i = 0; i < sum0.length; i++) {
    probabilities[start + i] = sum1[i] / trees;
    predictions[start + i] = sum1[i] / trees > sum0[i] / trees ? 1 : 0;
  }
}
