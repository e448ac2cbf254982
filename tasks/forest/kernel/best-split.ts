import { gini } from './gini';
import { weight0, weight1 } from './node';

/*
 * The best split of the node under search. Cuts are compared by scikit-learn's proxy of the improvement. Most are ruled out
 * before, by a measure that needs no division: with D = left1 * weight0 - left0 * weight1, the order of D^2 / (left * right)
 * is that of the proxies but for rounding.
 */

/** Far above what rounding can do to the order of two cuts: about 4e-16 of the squared weight. */
const SLACK: f64 = 4e-15;

/** Its feature, or -1; rows of a rank below `bestCut` go left, and weigh `bestLeft0` and `bestLeft1`. */
export let bestFeature: i32 = -1;
export let bestCut: u32 = 0;
export let bestLeft0: u32 = 0;
export let bestLeft1: u32 = 0;

/** Where the rows that miss the value of the feature go; scikit-learn compares the cuts in this order. */
export const MISSING_NOWHERE: u32 = 0;
export const MISSING_RIGHT: u32 = 1;
export const MISSING_LEFT: u32 = 2;
export let bestMissing: u32 = MISSING_NOWHERE;

/** What D^2 / (left * right) must exceed to come into question. */
export let bound: f64 = 0;

let bestProxy: f64 = 0;
/** The second of two features that are searched together, or -1. */
let later: i32 = -1;
/** Of the cuts that are compared now. */
let missing: u32 = MISSING_NOWHERE;

/** Begins a node. */
export function forgetBest(): void {
  bestFeature = -1;
  bestProxy = -Infinity;
  bound = -Infinity;
  later = -1;
}

/** The cuts of two features come mixed from now on; -1 ends that. */
export function searchTogether(second: i32): void {
  later = second;
}

/** The rows that miss the value go there from now on; where the node has none, nowhere. */
export function sendMissing(where: u32): void {
  missing = where;
}

/** Takes the cut for the best, if it is. */
export function consider(feature: u32, cut: u32, left0: u32, left1: u32): void {
  const class0 = <f64>left0;
  const class1 = <f64>left1;
  const right0 = weight0 - class0;
  const right1 = weight1 - class1;
  const left = class0 + class1;
  const right = right0 + right1;
  const proxy = -right * gini(right0, right1) - left * gini(class0, class1);
  if (proxy < bestProxy || (proxy == bestProxy && !comesFirst(feature, left0 + left1))) return;
  bestFeature = feature;
  bestCut = cut;
  bestLeft0 = left0;
  bestLeft1 = left1;
  bestMissing = missing;
  bestProxy = proxy;
  const weight = weight0 + weight1;
  const d = class1 * weight0 - class0 * weight1;
  bound = max(bound, (d * d) / (left * right) - SLACK * weight * weight);
}

/** Of equal cuts, which do not come in order, scikit-learn takes the feature drawn first, and of that the lowest. */
function comesFirst(feature: u32, left: u32): bool {
  if (feature != bestFeature) return bestFeature == later;
  return missing == bestMissing ? left < bestLeft0 + bestLeft1 : missing < bestMissing;
}
