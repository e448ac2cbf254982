import { type Forest, LEAF } from './forest.ts';

/** What a forest says of rows, one entry each. */
export interface Prediction {
  /** P(class 1). */
  readonly probabilities: Float64Array<ArrayBuffer>;
  /** The more probable class; class 0 where both are equal. */
  readonly predictions: Uint8Array<ArrayBuffer>;
}

/** A tree as it is walked. */
interface WalkedTree {
  /** Four numbers a node: its threshold's key, its feature's place in a block, where its left and its right child begin. */
  readonly nodes: Int32Array;
  /** Each class's share of a leaf's weight: entry n / 4 for the node that begins at n. */
  readonly share0: Float64Array;
  readonly share1: Float64Array;
  /** How many steps lead from the root to a leaf, averaged over the weight of the leaves and rounded up. */
  readonly steps: number;
}

/** Together with a tree of depth 10, a block of five features still fits a core's first or second cache. */
const BLOCK_ROWS = 512;
const NODE_SIZE = 4;

/**
 * Predicts the first `rows` rows of the feature columns, which stand in the order of `forest.featureNames`.
 * Values are taken as float32. Follows scikit-learn's `RandomForestClassifier.predict_proba` with n_jobs=1, to the last
 * bit: each class's share of the leaf's weight, summed in tree order, divided by the number of trees.
 */
export function predict(forest: Forest, columns: readonly (Float32Array | Float64Array)[], rows: number): Prediction {
  const trees = Array.from({ length: forest.treeStart.length - 1 }, (_, tree) => walkedTree(forest, tree));
  const prediction = { probabilities: new Float64Array(rows), predictions: new Uint8Array(rows) };
  const block = new Int32Array(BLOCK_ROWS * columns.length);
  const sum0 = new Float64Array(BLOCK_ROWS);
  const sum1 = new Float64Array(BLOCK_ROWS);
  for (let start = 0; start < rows; start += BLOCK_ROWS) {
    const end = Math.min(start + BLOCK_ROWS, rows);
    fillBlock(block, columns, start, end);
    sum0.fill(0);
    sum1.fill(0);
    for (const tree of trees) addShares(tree, block, sum0, sum1);
    // each class on its own: 1 - P(class 1) can differ from P(class 0) in the last bit, and with it the class
    for (let row = start; row < end; row++) {
      const probability = sum1[row - start] / trees.length;
      prediction.probabilities[row] = probability;
      prediction.predictions[row] = probability > sum0[row - start] / trees.length ? 1 : 0;
    }
  }
  return prediction;
}

/** A leaf's children are the leaf itself, so that further steps stay there. */
function walkedTree(
  { treeStart, feature, threshold, childrenRight, weight0, weight1 }: Forest,
  tree: number,
): WalkedTree {
  const root = treeStart[tree];
  const size = treeStart[tree + 1] - root;
  const nodes = new Int32Array(NODE_SIZE * size);
  const share0 = new Float64Array(size);
  const share1 = new Float64Array(size);
  const depth = new Uint32Array(size);
  let stepsOfAll = 0;
  for (let node = 0; node < size; node++) {
    const at = NODE_SIZE * node;
    const weight = weight0[root + node] + weight1[root + node];
    const isLeaf = feature[root + node] === LEAF;
    const left = isLeaf ? node : node + 1;
    const right = isLeaf ? node : childrenRight[root + node];
    nodes[at] = keyAtMost(threshold[root + node]);
    nodes[at + 1] = isLeaf ? 0 : feature[root + node] * BLOCK_ROWS;
    nodes[at + 2] = NODE_SIZE * left;
    nodes[at + 3] = NODE_SIZE * right;
    share0[node] = weight0[root + node] / weight;
    share1[node] = weight1[root + node] / weight;
    if (isLeaf) stepsOfAll += weight * depth[node];
    else depth[left] = depth[right] = depth[node] + 1;
  }
  const steps = Math.ceil(stepsOfAll / (weight0[root] + weight1[root]));
  return { nodes, share0, share1, steps };
}

const float32 = new Float32Array(1);
const bits = new Int32Array(float32.buffer);

/** A whole number that orders float32 values as they are, NaN above all: processors compare those without a branch. */
function keyOf(value: number): number {
  // + 0 makes -0 the 0 that it equals
  float32[0] = value + 0;
  return bits[0] ^ ((bits[0] >> 31) & 0x7fffffff);
}

/** The key of the largest float32 that is not above the threshold. */
function keyAtMost(threshold: number): number {
  return keyOf(threshold) - (Math.fround(threshold) > threshold ? 1 : 0);
}

function fillBlock(
  block: Int32Array,
  columns: readonly (Float32Array | Float64Array)[],
  start: number,
  end: number,
): void {
  for (let c = 0; c < columns.length; c++) {
    const column = columns[c];
    for (let row = start; row < end; row++) block[c * BLOCK_ROWS + row - start] = keyOf(column[row]);
  }
}

/** Adds what the tree says of each row of the block. */
function addShares(
  { nodes, share0, share1, steps }: WalkedTree,
  block: Int32Array,
  sum0: Float64Array,
  sum1: Float64Array,
): void {
  // four rows in turn, so that the one's loads run while the others' are waited for
  for (let i = 0; i < BLOCK_ROWS; i += 4) {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let step = 0; step < steps; step++) {
      a = nodes[a + 2 + +(block[nodes[a + 1] + i] > nodes[a])];
      b = nodes[b + 2 + +(block[nodes[b + 1] + i + 1] > nodes[b])];
      c = nodes[c + 2 + +(block[nodes[c + 1] + i + 2] > nodes[c])];
      d = nodes[d + 2 + +(block[nodes[d + 1] + i + 3] > nodes[d])];
    }
    a = leafBelow(nodes, a, block, i) / NODE_SIZE;
    b = leafBelow(nodes, b, block, i + 1) / NODE_SIZE;
    c = leafBelow(nodes, c, block, i + 2) / NODE_SIZE;
    d = leafBelow(nodes, d, block, i + 3) / NODE_SIZE;
    sum0[i] += share0[a];
    sum1[i] += share1[a];
    sum0[i + 1] += share0[b];
    sum1[i + 1] += share1[b];
    sum0[i + 2] += share0[c];
    sum1[i + 2] += share1[c];
    sum0[i + 3] += share0[d];
    sum1[i + 3] += share1[d];
  }
}

function leafBelow(nodes: Int32Array, from: number, block: Int32Array, row: number): number {
  let node = from;
  while (nodes[node + 2] !== node) node = nodes[node + 2 + +(block[nodes[node + 1] + row] > nodes[node])];
  return node;
}
