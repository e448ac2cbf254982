import { answerConstant, answerSplit, beginNode, drawFeature, markDraw, takeBackDraw } from './feature-draw';
import { Bins, binShift, fillBins, fillBothBins, shapeBins } from './histogram';
import {
  bins0,
  bins1,
  features,
  fieldOf,
  isNear,
  isRefined,
  ranges,
  sortScratch,
  valueOf,
} from './memory';
import { headMask, headWord, stride } from './records';
import { sortKeys } from './sort-keys';

/*
 * Finds a node's best split: what scikit-learn finds by sorting the node's rows, to the last bit and tie.
 * Cuts are compared by scikit-learn's proxy of the improvement. Most are ruled out before, by a measure that needs no
 * division: with D = left1 * weight0 - left0 * weight1, the order of D^2 / (left * right) is that of the proxies but for rounding.
 */

/** Nodes of no more rows are sorted. */
const TINY_NODE: u32 = 40;

/** Far above what rounding can do to the order of two cuts: about 4e-16 of the squared weight. */
const SLACK: f64 = 4e-15;

/** The best split's feature, or -1; rows of a rank below `bestCut` go left, and weigh `bestLeft0` and `bestLeft1`. */
export let bestFeature: i32 = -1;
export let bestCut: u32 = 0;
export let bestLeft0: u32 = 0;
export let bestLeft1: u32 = 0;

/** The second of two features that are searched together. */
let later: i32 = -1;
let bestProxy: f64 = 0;
/** What D^2 / (left * right) must exceed to come into question. */
let bound: f64 = 0;

let begin: usize = 0;
let end: usize = 0;
let keys: usize = 0;
let rows: u32 = 0;
let weight0: f64 = 0;
let weight1: f64 = 0;

/** Scikit-learn's gini impurity of the class weights. */
@inline
export function gini(class0: f64, class1: f64): f64 {
  const weight = class0 + class1;
  return 1 - (class0 * class0 + class1 * class1) / (weight * weight);
}

/**
 * Searches the node of the records from `at` to `last`, of the given class weights, of whose features `constants` are
 * known to be constant. `scratch` is room for as many keys as there are records.
 */
export function searchSplit(at: usize, last: usize, scratch: usize, class0: u32, class1: u32, constants: u32): void {
  begin = at;
  end = last;
  keys = scratch;
  rows = <u32>((last - at) / stride);
  weight0 = class0;
  weight1 = class1;
  bestFeature = -1;
  later = -1;
  bestProxy = -Infinity;
  bound = -Infinity;
  beginNode(constants);
  const first = changetype<Bins>(bins0);
  const second = changetype<Bins>(bins1);
  let feature = drawFeature();
  while (feature >= 0) {
    if (!isBinned(feature)) {
      if (searchSorted(feature)) answerSplit();
      else answerConstant();
      feature = drawFeature();
      continue;
    }
    // both features are counted in one pass; should the first turn out constant, the second was a wrong guess
    markDraw();
    answerSplit();
    const guess = drawFeature();
    const isBoth = guess >= 0 && isBinned(guess);
    shape(first, feature);
    if (isBoth) {
      shape(second, guess);
      fillBothBins(first, second, begin, end);
    } else fillBins(first, begin, end);
    if (!searchBorders(first)) {
      takeBackDraw();
      answerConstant();
      feature = drawFeature();
      continue;
    }
    if (!isBoth) {
      refine(first);
      feature = guess;
      continue;
    }
    if (searchBorders(second)) answerSplit();
    else answerConstant();
    later = guess;
    // the better first: the other may have no promising bin then
    const isSecondBetter = bestFeature == guess;
    refine(isSecondBetter ? second : first);
    refine(isSecondBetter ? first : second);
    later = -1;
    feature = drawFeature();
  }
}

@inline
function lowOf(feature: u32): u32 {
  return load<u32>(ranges + (feature << 2));
}

@inline
function highOf(feature: u32): u32 {
  return load<u32>(ranges + ((features + feature) << 2));
}

/** Whether the rows are counted by bins; otherwise they are sorted. */
function isBinned(feature: u32): bool {
  const low = lowOf(feature);
  const high = highOf(feature);
  if (rows <= TINY_NODE || low == high) return false;
  // between coarse bins nobody sees whether neighbours are near
  return fieldOf(feature).hasNearValues == 0 || binShift(high - low + 1, rows) == 0;
}

function shape(bins: Bins, feature: u32): void {
  const low = lowOf(feature);
  const high = highOf(feature);
  shapeBins(bins, feature, low, high, binShift(high - low + 1, rows));
}

/** Compares the cuts between the filled bins of a feature, made narrower where it takes that; false where it is constant. */
function searchBorders(bins: Bins): bool {
  if (fieldOf(bins.feature).hasNearValues != 0 && areAllNear(bins)) return false;
  let lone = compareBorders(bins);
  while (lone >= 0) {
    if (bins.shift == 0) return false;
    // all rows lie in one coarse bin
    const low = max(lowOf(bins.feature), (bins.first + lone) << bins.shift);
    const high = min(highOf(bins.feature), ((bins.first + lone + 1) << bins.shift) - 1);
    if (low == high) return false;
    shapeBins(bins, bins.feature, low, high, binShift(high - low + 1, rows));
    fillBins(bins, begin, end);
    lone = compareBorders(bins);
  }
  return true;
}

function areAllNear(bins: Bins): bool {
  let first: u32 = 0;
  while (load<u64>(bins.counters + (first << 3)) == 0) first++;
  let last = bins.count - 1;
  while (load<u64>(bins.counters + (last << 3)) == 0) last--;
  return isNear(valueOf(bins.feature, bins.first + first), valueOf(bins.feature, bins.first + last));
}

/** Compares the cuts between bins. Returns the number of the only bin that holds rows, or -1 where several do. */
function compareBorders(bins: Bins): i32 {
  const feature = bins.feature;
  const hasNearValues = fieldOf(feature).hasNearValues != 0;
  const counters = bins.counters;
  const last = counters + (bins.count << 3);
  const class0 = weight0;
  const class1 = weight1;
  const weight = class0 + class1;
  let limit = bound;
  let left0: u32 = 0;
  let left1: u32 = 0;
  let left: f64 = 0;
  let d: f64 = 0;
  let before: usize = 0;
  let filled: u32 = 0;
  for (let at = counters; at < last; at += 8) {
    const counts = load<u64>(at);
    if (counts == 0) continue;
    // before the first filled bin both sides are 0, or not a number
    if (d * d > limit * left * (weight - left) && left > 0) {
      const bin = bins.first + <u32>((at - counters) >> 3);
      if (!hasNearValues || !isNear(valueOf(feature, bins.first + <u32>((before - counters) >> 3)), valueOf(feature, bin))) {
        consider(feature, bin << bins.shift, left0, left1);
        limit = bound;
      }
    }
    const count0 = <u32>counts;
    const count1 = <u32>(counts >>> 32);
    left0 += count0;
    left1 += count1;
    left += <f64>(count0 + count1);
    d += <f64>count1 * class0 - <f64>count0 * class1;
    before = at;
    filled++;
  }
  return filled == 1 ? <i32>((before - counters) >> 3) : -1;
}

/**
 * Looks into the bins in which a cut may reach the best. The measure is convex in the two left weights, so that
 * inside a bin it stays below the larger of its ends, which are cuts known already, and of its other two corners.
 */
function refine(bins: Bins): void {
  if (bins.shift == 0) return;
  const counters = bins.counters;
  const count = bins.count;
  const class0 = weight0;
  const class1 = weight1;
  const weight = class0 + class1;
  const limit = bound;
  let left: f64 = 0;
  let d: f64 = 0;
  let refined: u32 = 0;
  for (let bin: u32 = 0; bin < count; bin++) {
    const counts = load<u64>(counters + (bin << 3));
    const count0 = <f64>(<u32>counts);
    const count1 = <f64>(<u32>(counts >>> 32));
    const a = d - count0 * class1;
    const b = d + count1 * class0;
    const leftA = left + count0;
    const leftB = left + count1;
    const isPromising = u32(a * a > limit * leftA * (weight - leftA)) | u32(b * b > limit * leftB * (weight - leftB));
    const isSingle = u32(count0 + count1 <= 1);
    const isIn = isPromising & (1 - isSingle);
    store<u8>(isRefined + bin, isIn);
    refined += isIn;
    left = leftA + count1;
    d = a + count1 * class0;
  }
  if (refined > 0) searchInside(bins);
}

function searchInside(bins: Bins): void {
  const count = collect(bins);
  let key = sortKeys(keys, sortScratch, count);
  const lastKey = key + (<usize>count << 3);
  let left0: u32 = 0;
  let left1: u32 = 0;
  for (let bin: u32 = 0; bin < bins.count; bin++) {
    const counts = load<u64>(bins.counters + (bin << 3));
    if (load<u8>(isRefined + bin) != 0) {
      const from = key;
      while (key < lastKey && load<u32>(key, 4) >>> bins.shift == bins.first + bin) key += 8;
      searchKeys(bins.feature, from, key, left0, left1);
    }
    left0 += <u32>counts;
    left1 += <u32>(counts >>> 32);
  }
}

/** Makes keys of the rows in the bins to refine; returns how many there are. */
function collect(bins: Bins): u32 {
  const field = fieldOf(bins.feature);
  const word = field.word;
  const shift = <u64>field.shift;
  const mask = field.mask;
  const refined = isRefined - bins.first;
  const coarse = bins.shift;
  const step = stride;
  let to = sortScratch;
  for (let at = begin; at < end; at += step) {
    const rank = <u32>(load<u64>(at + word) >>> shift) & mask;
    store<u32>(to, at);
    to += <usize>load<u8>(refined + (rank >>> coarse)) << 2;
  }
  const count = <u32>((to - sortScratch) >> 2);
  for (let i: u32 = 0; i < count; i++) {
    store<u64>(keys + (<usize>i << 3), keyOf(load<u32>(sortScratch + (<usize>i << 2)), bins.feature));
  }
  return count;
}

/** Rank, weight and label of a record, as they are sorted. */
@inline
function keyOf(record: usize, feature: u32): u64 {
  const field = fieldOf(feature);
  const rank = <u32>(load<u64>(record + field.word) >>> field.shift) & field.mask;
  return (<u64>rank << 32) | (load<u64>(record + headWord) & headMask);
}

/** Compares the cuts of a feature by sorting the node; false where it is constant. */
function searchSorted(feature: u32): bool {
  if (lowOf(feature) == highOf(feature)) return false;
  const field = fieldOf(feature);
  let to = keys;
  for (let at = begin; at < end; at += stride, to += 8) {
    store<u64>(to, keyOf(at, feature));
  }
  const sorted = sortKeys(keys, sortScratch, rows);
  const last = sorted + (<usize>rows << 3);
  const lowest = load<u32>(sorted, 4);
  const highest = load<u32>(last - 8, 4);
  if (lowest == highest) return false;
  if (field.hasNearValues != 0 && isNear(valueOf(feature, lowest), valueOf(feature, highest))) return false;
  searchKeys(feature, sorted, last, 0, 0);
  return true;
}

/** Compares the cuts between sorted keys, to whose left `left0` and `left1` lie already. */
function searchKeys(feature: u32, at: usize, last: usize, left0: u32, left1: u32): void {
  const hasNearValues = fieldOf(feature).hasNearValues != 0;
  const class0 = weight0;
  const class1 = weight1;
  const weight = class0 + class1;
  let before = at < last ? load<u32>(at, 4) : 0;
  for (; at < last; at += 8) {
    const key = load<u64>(at);
    const rank = <u32>(key >>> 32);
    if (rank != before) {
      const left = <f64>left0 + <f64>left1;
      const d = <f64>left1 * class0 - <f64>left0 * class1;
      if (d * d > bound * left * (weight - left)) {
        if (!hasNearValues || !isNear(valueOf(feature, before), valueOf(feature, rank))) {
          consider(feature, rank, left0, left1);
        }
      }
      before = rank;
    }
    const rowWeight = <u32>key >>> 1;
    const weightOf1 = rowWeight & (0 - (<u32>key & 1));
    left0 += rowWeight - weightOf1;
    left1 += weightOf1;
  }
}

function consider(feature: u32, cut: u32, left0: u32, left1: u32): void {
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
  bestProxy = proxy;
  const weight = weight0 + weight1;
  const d = class1 * weight0 - class0 * weight1;
  bound = max(bound, (d * d) / (left * right) - SLACK * weight * weight);
}

/** Of equal cuts, which do not come in order, scikit-learn takes the feature drawn first, and of that the lowest. */
function comesFirst(feature: u32, left: u32): bool {
  return feature == bestFeature ? left < bestLeft0 + bestLeft1 : bestFeature == later;
}
