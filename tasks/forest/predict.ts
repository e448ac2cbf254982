import { float32Below } from './float32-below.ts';
import { type Forest, LEAF } from './forest.ts';
import { Kernel, kernelMemory } from './kernel.ts';

/** What a forest says of rows, one entry each. */
export interface Prediction {
  /** P(class 1). */
  readonly probabilities: Float64Array<ArrayBuffer>;
  /** The more probable class; class 0 where both are equal. */
  readonly predictions: Uint8Array<ArrayBuffer>;
}

/** Together with a tree of depth 10, a block of five features still fits a core's second cache. A multiple of 8. */
const BLOCK_ROWS = 1024;
const GROUP_ROWS = 8;
const NODE_BYTES = 16;

/**
 * Predicts the first `rows` rows of the feature columns, which stand in the order of `forest.featureNames`.
 * Values are taken as float32. Follows scikit-learn's `RandomForestClassifier.predict_proba` with n_jobs=1, to the last
 * bit: each class's share of the leaf's weight, summed in tree order, divided by the number of trees.
 */
export function predict(forest: Forest, columns: readonly (Float32Array | Float64Array)[], rows: number): Prediction {
  const kernel = openForest(forest);
  const trees = forest.treeStart.length - 1;
  const block = kernel.floats('walkRows', BLOCK_ROWS * columns.length);
  const sums = kernel.doubles('walkSums', 2 * BLOCK_ROWS);
  const prediction = { probabilities: new Float64Array(rows), predictions: new Uint8Array(rows) };
  for (let start = 0; start < rows; start += BLOCK_ROWS) {
    const end = Math.min(start + BLOCK_ROWS, rows);
    fillBlock(block, columns, start, end);
    kernel.call('predictBlock', (end - start + 7) & ~7);
    // each class on its own: 1 - P(class 1) can differ from P(class 0) in the last bit, and with it the class
    for (let row = start; row < end; row++) {
      const probability = sums[2 * (row - start) + 1] / trees;
      prediction.probabilities[row] = probability;
      prediction.predictions[row] = probability > sums[2 * (row - start)] / trees ? 1 : 0;
    }
  }
  return prediction;
}

/** The kernel with the forest in its memory, as it is walked. */
function openForest(forest: Forest): Kernel {
  const { treeStart, feature, threshold, childrenRight, weight0, weight1, featureNames } = forest;
  const trees = treeStart.length - 1;
  const sizes = [feature.length, trees, featureNames.length, BLOCK_ROWS];
  const bytes = new Kernel(kernelMemory(0)).call('layOutPrediction', ...sizes);
  const kernel = new Kernel(kernelMemory(bytes));
  kernel.call('layOutPrediction', ...sizes);
  const nodesAt = kernel.address('walkNodes');
  const thresholds = kernel.floats('walkNodes', 4 * feature.length);
  const places = kernel.words('walkNodes', 4 * feature.length);
  const shares = kernel.doubles('walkShares', 2 * feature.length);
  const roots = kernel.words('walkRoots', trees);
  for (let tree = 0; tree < trees; tree++) {
    const root = treeStart[tree];
    roots[tree] = nodesAt + NODE_BYTES * root;
    for (let node = root; node < treeStart[tree + 1]; node++) {
      const isLeaf = feature[node] === LEAF;
      thresholds[4 * node] = float32AtMost(threshold[node]);
      places[4 * node + 1] = isLeaf ? 0 : 4 * GROUP_ROWS * feature[node];
      places[4 * node + 2] = nodesAt + NODE_BYTES * (isLeaf ? node : node + 1);
      places[4 * node + 3] = nodesAt + NODE_BYTES * (isLeaf ? node : root + childrenRight[node]);
      const weight = weight0[node] + weight1[node];
      shares[2 * node] = weight0[node] / weight;
      shares[2 * node + 1] = weight1[node] / weight;
    }
  }
  return kernel;
}

/** The largest float32 that is not above the threshold: it decides every float32 as the threshold does. */
function float32AtMost(threshold: number): number {
  const nearest = Math.fround(threshold);
  return nearest <= threshold ? nearest : float32Below(threshold);
}

function fillBlock(
  block: Float32Array,
  columns: readonly (Float32Array | Float64Array)[],
  start: number,
  end: number,
): void {
  const width = columns.length;
  for (let c = 0; c < width; c++) {
    const column = columns[c];
    for (let row = start; row < end; row++) {
      const i = row - start;
      block[((i >> 3) * width + c) * GROUP_ROWS + (i & 7)] = column[row];
    }
  }
}
