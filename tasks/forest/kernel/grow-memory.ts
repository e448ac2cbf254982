import { laidOut, layOut, take } from './layout';
import { BINS_HEADER, FEATURE_FIELD_BYTES, FeatureField, PENDING_NODE_BYTES } from './structs';

/**
 * Where everything lies in the kernel's memory. The training set lies there once, for all threads; each thread has a
 * workspace of its own. Only what is touched becomes memory: what is reserved here for the worst case costs addresses alone.
 */

/** Rows to train on. */
export let rows: u32 = 0;
export let features: u32 = 0;
/** Whether values may be missing; only then is there room for what that takes. */
export let mayMiss: bool = false;
/** Feature after feature, `rows` entries of 4 bytes each: first the float32 values, NaN where missing, then in their place their ranks. */
export let columns: usize = 0;
/** A byte for each row, 0 or 1. */
export let labels: usize = 0;
/** A `FeatureField` for each feature. */
export let fields: usize = 0;
/** Feature after feature, room for `rows` distinct float32 values, ascending. */
export let values: usize = 0;
/** The rows as records, see `packLabels`. */
export let records: usize = 0;

/** The levels below the root at most. */
export let maxDepth: u32 = 0;
/** How many features are drawn for a split. */
export let maxFeatures: u32 = 0;
/** The drawn records of a tree, copied from one to the other with each level. */
export let buffer0: usize = 0;
export let buffer1: usize = 0;
export let sortScratch: usize = 0;
export let digitCounts: usize = 0;
export let twisterState: usize = 0;
export let twisterOutput: usize = 0;
export let drawCounts: usize = 0;
export let bins0: usize = 0;
export let bins1: usize = 0;
export let isRefined: usize = 0;
/** Per feature the lowest rank there may be in a node, then per feature the highest. */
export let ranges: usize = 0;
export let trail: usize = 0;
export let stack: usize = 0;
/** Three times the features: their order, the constants, and the order as it was marked. */
export let featureOrder: usize = 0;

/** The nodes of the tree grown last, each column on its own. */
export let grownFeature: usize = 0;
export let grownThreshold: usize = 0;
export let grownChildrenRight: usize = 0;
export let grownWeight0: usize = 0;
export let grownWeight1: usize = 0;
export let grownSamples: usize = 0;
export let grownImpurity: usize = 0;
/** A byte for each node, where values may be missing. */
export let grownMissingGoToLeft: usize = 0;

/** As many bins as a cache close to the processor holds; coarse ones may be one more, because they begin at round ranks. */
export const MAX_RANK_BINS: u32 = 8190;
export const MAX_COARSE_BINS: u32 = 4096;
export const TWISTER_WORDS: u32 = 624;
/** So many times can a row be drawn as its record has room for; a tree in which one is drawn more often needs wide records. */
export const WEIGHT_BITS: u32 = 4;
export const HEAD_BITS: u32 = 1 + WEIGHT_BITS;
export const DIGITS: u32 = 256;

/** Lays out the training set from address 0 on; returns the address behind it, which may lie beyond any memory. */
export function layOutTrainingSet(rowCount: u32, featureCount: u32, valuesMayMiss: bool): f64 {
  rows = rowCount;
  features = featureCount;
  mayMiss = valuesMayMiss;
  layOut(0);
  const cells = <u64>rows * features;
  columns = take(cells * 4);
  labels = take(rows);
  fields = take(<u64>features * FEATURE_FIELD_BYTES);
  values = take(cells * 4);
  records = take(<u64>rows * maxWords() * 8);
  return laidOut();
}

/** Lays out one thread's workspace from `start` on; returns the address behind it. */
export function layOutWorkspace(start: f64, depth: u32, drawnFeatures: u32): f64 {
  maxDepth = depth;
  maxFeatures = drawnFeatures;
  layOut(start);
  const drawnBytes = <u64>rows * (maxWords() + 1) * 8;
  buffer0 = take(drawnBytes);
  buffer1 = take(drawnBytes);
  sortScratch = take(<u64>rows * 8);
  digitCounts = take(4 * DIGITS * 4);
  twisterState = take(TWISTER_WORDS * 4);
  twisterOutput = take(TWISTER_WORDS * 4);
  drawCounts = take(drawMask() + 1);
  bins0 = take(BINS_HEADER + (MAX_RANK_BINS + 2) * 8);
  bins1 = take(BINS_HEADER + (MAX_RANK_BINS + 2) * 8);
  isRefined = take(MAX_RANK_BINS + 2);
  ranges = take(<u64>features * 2 * 4);
  const levels = min(<u64>depth, <u64>rows) + 2;
  trail = take(levels * 8);
  stack = take(levels * PENDING_NODE_BYTES);
  featureOrder = take(<u64>features * 3 * 4);
  takeGrownTree(min(<u64>2 * rows, depth < 31 ? <u64>1 << (depth + 1) : u64.MAX_VALUE));
  return laidOut();
}

function takeGrownTree(nodes: u64): void {
  grownFeature = take(nodes * 4);
  grownThreshold = take(nodes * 8);
  grownChildrenRight = take(nodes * 4);
  grownWeight0 = take(nodes * 4);
  grownWeight1 = take(nodes * 4);
  grownSamples = take(nodes * 4);
  grownImpurity = take(nodes * 8);
  if (mayMiss) grownMissingGoToLeft = take(nodes);
}

/** The smallest 2^b - 1 that is at least the last row's number. */
export function drawMask(): u32 {
  return rows > 1 ? <u32>(0xffffffff >>> clz(rows - 1)) : 0;
}

/** How many words a record has at most. */
function maxWords(): u32 {
  const rankBits: u32 = rows > 1 ? 32 - clz(rows - 1) : 1;
  const bits: u32 = rankBits + u32(mayMiss);
  const inFirst: u32 = (64 - HEAD_BITS) / bits;
  const inOthers: u32 = 64 / bits;
  return features <= inFirst ? 1 : 1 + (features - inFirst + inOthers - 1) / inOthers;
}

@inline
export function fieldOf(feature: u32): FeatureField {
  return changetype<FeatureField>(fields + feature * FEATURE_FIELD_BYTES);
}

/** The float32 value of a rank. */
@inline
export function valueOf(feature: u32, rank: u32): f32 {
  return load<f32>(values + ((<usize>feature * rows + rank) << 2));
}

/** Whether scikit-learn takes two values, `low <= high`, for one. */
@inline
export function isNear(low: f32, high: f32): bool {
  return high <= low + <f32>1e-7;
}
