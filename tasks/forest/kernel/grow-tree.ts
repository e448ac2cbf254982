import {
  bestCut,
  bestFeature,
  bestLeft0,
  bestLeft1,
  bestMissing,
  MISSING_LEFT,
  MISSING_NOWHERE,
} from './best-split';
import { beginTree, endNode } from './feature-draw';
import { gini } from './gini';
import {
  bins0,
  bins1,
  buffer0,
  buffer1,
  features,
  fieldOf,
  maxDepth,
  mayMiss,
  grownChildrenRight,
  grownFeature,
  grownImpurity,
  grownMissingGoToLeft,
  grownSamples,
  grownThreshold,
  grownWeight0,
  grownWeight1,
  ranges,
  rows,
  stack,
  trail,
  valueOf,
} from './grow-memory';
import { countDraws, firstSplitterState, seedTwister, twist } from './mersenne-twister';
import { countLeft, highestLeft, lowestRight, partition, placeMissing } from './partition';
import { copyDrawn, drawnWeight0, drawnWeight1, RECORD_BYTES } from './records';
import { searchSplit } from './split-search';
import { BINS_HEADER, Bins, PENDING_NODE_BYTES, PendingNode } from './structs';

const EPSILON: f64 = 2.220446049250313e-16;
const LEAF: i32 = -2;
const NO_PARENT: i32 = -1;

let nodes: u32 = 0;
let trailLength: u32 = 0;

/**
 * Grows the tree of a seed depth first, as scikit-learn does. Returns the number of its nodes, or 0 where a row was drawn
 * more often than records have room to count: they need to be wide then.
 */
export function growTree(seed: u32): u32 {
  seedTwister(seed);
  twist();
  beginTree(firstSplitterState());
  countDraws();
  const last = copyDrawn();
  if (last == 0) return 0;
  changetype<Bins>(bins0).counters = bins0 + BINS_HEADER;
  changetype<Bins>(bins1).counters = bins1 + BINS_HEADER;
  resetRanges();
  nodes = 0;
  trailLength = 0;
  pushNode(stack, 0, <u32>(last - buffer0), 0, NO_PARENT, drawnWeight0, drawnWeight1, 0, 0, 0);
  let top = stack + PENDING_NODE_BYTES;
  while (top > stack) {
    top -= PENDING_NODE_BYTES;
    const node = changetype<PendingNode>(top);
    const id = addNode(node);
    if (!isSearched(node)) continue;
    narrowRanges(node);
    const at = bufferOf(node.depth) + node.start;
    const end = bufferOf(node.depth) + node.end;
    const scratch = bufferOf(node.depth + 1) + node.start;
    searchSplit(at, end, scratch, node.weight0, node.weight1, node.constants);
    const constants = endNode();
    if (isWorthwhile(node)) top = splitNode(top, id, constants);
  }
  return nodes;
}

@inline
function bufferOf(depth: u32): usize {
  return (depth & 1) == 0 ? buffer0 : buffer1;
}

function pushNode(
  entry: usize,
  start: u32,
  end: u32,
  depth: u32,
  rightOf: i32,
  weight0: u32,
  weight1: u32,
  constants: u32,
  range: u32,
  rank: u32,
): void {
  const node = changetype<PendingNode>(entry);
  node.impurity = gini(weight0, weight1);
  node.start = start;
  node.end = end;
  node.depth = depth;
  node.rightOf = rightOf;
  node.weight0 = weight0;
  node.weight1 = weight1;
  node.constants = constants;
  node.trail = trailLength;
  node.range = range;
  node.rank = rank;
}

/** Numbers the node, as a leaf until it is split. */
function addNode(node: PendingNode): u32 {
  const id = nodes++;
  store<i32>(grownFeature + (<usize>id << 2), LEAF);
  store<f64>(grownThreshold + (<usize>id << 3), -2);
  store<i32>(grownChildrenRight + (<usize>id << 2), NO_PARENT);
  store<u32>(grownWeight0 + (<usize>id << 2), node.weight0);
  store<u32>(grownWeight1 + (<usize>id << 2), node.weight1);
  store<u32>(grownSamples + (<usize>id << 2), (node.end - node.start) / RECORD_BYTES);
  store<f64>(grownImpurity + (<usize>id << 3), node.impurity);
  if (mayMiss) store<u8>(grownMissingGoToLeft + id, 0);
  if (node.rightOf != NO_PARENT) store<u32>(grownChildrenRight + (<usize>node.rightOf << 2), id);
  return id;
}

function isSearched(node: PendingNode): bool {
  return node.depth < maxDepth && node.end - node.start > RECORD_BYTES && node.impurity > EPSILON;
}

function resetRanges(): void {
  for (let feature: u32 = 0; feature < features; feature++) {
    store<u32>(ranges + (feature << 2), 0);
    store<u32>(ranges + ((features + feature) << 2), fieldOf(feature).distinct - 1);
  }
}

/** Makes the ranges those of the node: takes back what was narrowed beside the path to it, and goes its own last step. */
function narrowRanges(node: PendingNode): void {
  while (trailLength > node.trail) {
    const step = trail + (--trailLength << 3);
    store<u32>(load<u32>(step), load<u32>(step, 4));
  }
  if (node.range == 0) return;
  const step = trail + (trailLength++ << 3);
  store<u32>(step, node.range);
  store<u32>(step, load<u32>(node.range), 4);
  store<u32>(node.range, node.rank);
}

/** Whether a split was found whose improvement scikit-learn accepts. */
function isWorthwhile(node: PendingNode): bool {
  if (bestFeature < 0) return false;
  const weight = <f64>node.weight0 + <f64>node.weight1;
  const left = <f64>bestLeft0 + <f64>bestLeft1;
  const right = weight - left;
  const giniRight = gini(<f64>node.weight0 - <f64>bestLeft0, <f64>node.weight1 - <f64>bestLeft1);
  const improvement = node.impurity - (right / weight) * giniRight - (left / weight) * gini(bestLeft0, bestLeft1);
  return (weight / <f64>rows) * improvement + EPSILON >= 0;
}

/** Puts the children of the node at `top` in its place, the left one on top; returns the stack's new end. */
function splitNode(top: usize, id: u32, constants: u32): usize {
  const node = changetype<PendingNode>(top);
  const depth = node.depth + 1;
  const start = node.start;
  const end = node.end;
  const feature = <u32>bestFeature;
  const right0 = node.weight0 - bestLeft0;
  const right1 = node.weight1 - bestLeft1;
  const at = bufferOf(node.depth);
  const to = bufferOf(depth);
  // leaves are only counted
  const areLeaves = depth == maxDepth || (gini(bestLeft0, bestLeft1) <= EPSILON && gini(right0, right1) <= EPSILON);
  placeMissing(feature, bestMissing == MISSING_LEFT);
  const middle = areLeaves
    ? start + <u32>countLeft(at + start, at + end, feature, bestCut)
    : <u32>(partition(at + start, at + end, to + start, feature, bestCut) - to);
  store<u32>(grownFeature + (<usize>id << 2), feature);
  store<f64>(grownThreshold + (<usize>id << 3), thresholdOf(feature));
  if (mayMiss) store<u8>(grownMissingGoToLeft + id, missingGoToLeft(middle - start, end - middle));

  const low = <u32>ranges + (feature << 2);
  const high = low + (features << 2);
  pushNode(top, middle, end, depth, id, right0, right1, constants, low, lowestRight);
  pushNode(top + PENDING_NODE_BYTES, start, middle, depth, NO_PARENT, bestLeft0, bestLeft1, constants, high, highestLeft);
  return top + 2 * PENDING_NODE_BYTES;
}

/** Of the records partitioned last: the middle between both sides, or infinity where nothing but missing values is right. */
function thresholdOf(feature: u32): f64 {
  if (lowestRight == fieldOf(feature).missing) return Infinity;
  return <f64>valueOf(feature, highestLeft) / 2 + <f64>valueOf(feature, lowestRight) / 2;
}

/** A value that no row missed here, if it is missed later, goes with the more rows. */
function missingGoToLeft(left: u32, right: u32): bool {
  return bestMissing == MISSING_NOWHERE ? left > right : bestMissing == MISSING_LEFT;
}
