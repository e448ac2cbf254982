import { laidOut, layOut, take } from './layout';
import { WALK_NODE_BYTES } from './structs';

/** Rows are walked in blocks that lie, with what they come to of a tree, in a core's second cache. */
export const BLOCK_ROWS: u32 = 4096;

export let trees: u32 = 0;
export let features: u32 = 0;
/** The most rows at a time. */
let capacity: u32 = 0;

/** Where each tree's nodes begin, and behind the last tree the number of nodes. */
export let treeStarts: usize = 0;
/** What the host knows of each node: -2 or the feature (int32), the threshold (float32), the right child (int32), the weights (uint32). */
export let walkedFeature: usize = 0;
export let walkedThreshold: usize = 0;
export let walkedChildrenRight: usize = 0;
export let walkedWeight0: usize = 0;
export let walkedWeight1: usize = 0;
/** A `WalkNode` for each node. */
export let walkNodes: usize = 0;
/** Two float64 for each node: what share of its weight is of class 0, and of class 1. */
export let shares: usize = 0;
/** For each node, how many steps its farthest leaf is away. */
export let heights: usize = 0;

/** Feature after feature, room for the most rows as float32. */
export let rowValues: usize = 0;
/** For each row P(class 1), float64, and the class, a byte. */
export let probabilities: usize = 0;
export let predictions: usize = 0;
/** The rows as they are walked, and as they are sorted. */
export let order0: usize = 0;
export let order1: usize = 0;
/** For each row the number of the leaf it comes to in a tree. */
export let leafNumbers: usize = 0;
/** For each node of a tree, how many rows come to it. */
export let leafCounts: usize = 0;

/** A block's rows of float32, in groups of eight: feature after feature, the eight rows beside each other. */
export let blockRows: usize = 0;
/** The lowest values of each group of the block, and the highest, laid out as rows are. */
export let lowest: usize = 0;
export let highest: usize = 0;
/** Of each of eight groups, the last node that all its rows come to. */
export let forks: usize = 0;
/** Two float64 for each row of the block: the sum of the shares of both classes. */
export let sums: usize = 0;

/** Lays out what it takes to predict at most `rows` rows at a time; returns the address behind it. */
export function layOutPrediction(nodes: u32, treeCount: u32, featureCount: u32, rows: u32): f64 {
  trees = treeCount;
  features = featureCount;
  capacity = rows;
  layOut(0);
  takeForest(nodes);
  rowValues = take(<u64>rows * featureCount * 4);
  probabilities = take(<u64>rows * 8);
  predictions = take(rows);
  order0 = take(<u64>rows * 4);
  order1 = take(<u64>rows * 4);
  leafNumbers = take(<u64>rows * 4);
  leafCounts = take(<u64>nodes * 4);
  blockRows = take(<u64>BLOCK_ROWS * featureCount * 4);
  lowest = take(<u64>(BLOCK_ROWS / 8) * featureCount * 4);
  highest = take(<u64>(BLOCK_ROWS / 8) * featureCount * 4);
  forks = take(8 * 4);
  sums = take(BLOCK_ROWS * 16);
  return laidOut();
}

function takeForest(nodes: u32): void {
  treeStarts = take((<u64>trees + 1) * 4);
  walkedFeature = take(<u64>nodes * 4);
  walkedThreshold = take(<u64>nodes * 4);
  walkedChildrenRight = take(<u64>nodes * 4);
  walkedWeight0 = take(<u64>nodes * 4);
  walkedWeight1 = take(<u64>nodes * 4);
  walkNodes = take(<u64>nodes * WALK_NODE_BYTES);
  shares = take(<u64>nodes * 16);
  heights = take(<u64>nodes * 4);
}

/** The value of a feature in a row. */
@inline
export function valueAt(feature: u32, row: u32): f32 {
  return load<f32>(rowValues + ((<usize>feature * capacity + row) << 2));
}

@inline
export function rootOf(tree: u32): usize {
  return walkNodes + <usize>load<u32>(treeStarts + (tree << 2)) * WALK_NODE_BYTES;
}
