import { fieldOf, MAX_COARSE_BINS, MAX_RANK_BINS } from './grow-memory';
import { highOf, lowOf, rows } from './node';
import { Bins } from './structs';
import { fieldsOfTwo, headMask, headWord, RECORD_BYTES } from './records';

/** Nodes of no more rows are sorted. */
const TINY_NODE: u32 = 40;

/** Whether the rows of the node are counted by bins; otherwise they are sorted. */
export function isBinned(feature: u32): bool {
  const low = lowOf(feature);
  const high = highOf(feature);
  if (rows <= TINY_NODE || low == high) return false;
  // between coarse bins it is unknown whether neighbours are near
  return fieldOf(feature).hasNearValues == 0 || binShift(high - low + 1, rows) == 0;
}

/** Makes ready to count all ranks that the feature may have in the node. */
export function shapeNodeBins(bins: Bins, feature: u32): void {
  const low = lowOf(feature);
  const high = highOf(feature);
  shapeBins(bins, feature, low, high, binShift(high - low + 1, rows));
}

/** How many ranks share a bin, as a power of two: one where so many bins are worth it. */
export function binShift(range: u32, rows: u32): u32 {
  if (range <= min(rows, MAX_RANK_BINS)) return 0;
  return 32 - clz((range - 1) / min(rows >> 2, MAX_COARSE_BINS));
}

/** Makes ready to count the ranks from `low` to `high`. */
export function shapeBins(bins: Bins, feature: u32, low: u32, high: u32, shift: u32): void {
  bins.feature = feature;
  bins.shift = shift;
  bins.first = low >>> shift;
  bins.count = (high >>> shift) - bins.first + 1;
  memory.fill(bins.counters, 0, (bins.count + 1) << 3);
}

/** Counts the records from `at` to `end`; those that miss the value behind the last bin. */
export function fillBins(bins: Bins, at: usize, end: usize): void {
  const head = headWord;
  const weights = <u32>(headMask >>> 1);
  const word = fieldOf(bins.feature).word;
  const shift = shiftOf(bins);
  const mask = maskOf(bins);
  const counters = countersOf(bins);
  const last = i64x2.splat(bins.first + bins.count);
  for (; at + RECORD_BYTES < end; at += 2 * RECORD_BYTES) {
    const binned = i32x4.min_u(fieldsOfTwo(v128.load(at + word), shift, mask), last);
    const two = countersOfTwo(counters, binned, labelsOfTwo(at + head));
    count(i32x4.extract_lane(two, 0), weightOf(at + head, weights));
    count(i32x4.extract_lane(two, 2), weightOf(at + head + RECORD_BYTES, weights));
  }
  if (at == end) return;
  const binned = i32x4.min_u(fieldsOfTwo(v128.load(at + word), shift, mask), last);
  const two = countersOfTwo(counters, binned, labelsOfTwo(at + head));
  count(i32x4.extract_lane(two, 0), weightOf(at + head, weights));
}

/** Counts two features in one pass; no row may miss their values. */
export function fillBothBins(a: Bins, b: Bins, at: usize, end: usize): void {
  const head = headWord;
  const weights = <u32>(headMask >>> 1);
  const wordA = fieldOf(a.feature).word;
  const wordB = fieldOf(b.feature).word;
  const shiftA = shiftOf(a);
  const shiftB = shiftOf(b);
  const maskA = maskOf(a);
  const maskB = maskOf(b);
  const countersA = countersOf(a);
  const countersB = countersOf(b);
  for (; at + RECORD_BYTES < end; at += 2 * RECORD_BYTES) {
    const labels = labelsOfTwo(at + head);
    const twoA = countersOfTwo(countersA, fieldsOfTwo(v128.load(at + wordA), shiftA, maskA), labels);
    const twoB = countersOfTwo(countersB, fieldsOfTwo(v128.load(at + wordB), shiftB, maskB), labels);
    const first = weightOf(at + head, weights);
    const second = weightOf(at + head + RECORD_BYTES, weights);
    count(i32x4.extract_lane(twoA, 0), first);
    count(i32x4.extract_lane(twoA, 2), second);
    count(i32x4.extract_lane(twoB, 0), first);
    count(i32x4.extract_lane(twoB, 2), second);
  }
  if (at == end) return;
  fillBins(a, at, end);
  fillBins(b, at, end);
}

/** The addresses of the counters of two records; each stands in the lower half of its lane. */
@inline
function countersOfTwo(counters: v128, bins: v128, labels: v128): v128 {
  return i32x4.add(i32x4.add(i64x2.shl(bins, 3), labels), counters);
}

/** By how many bytes the labels of two records move their counters. */
@inline
function labelsOfTwo(head: usize): v128 {
  return i64x2.shr_u(i64x2.shl(v128.load(head), 63), 61);
}

@inline
function weightOf(head: usize, weights: u32): u32 {
  return (load<u32>(head) >>> 1) & weights;
}

@inline
function count(counter: usize, weight: u32): void {
  store<u32>(counter, load<u32>(counter) + weight);
}

@inline
export function shiftOf(bins: Bins): u32 {
  return fieldOf(bins.feature).shift + bins.shift;
}

@inline
export function maskOf(bins: Bins): v128 {
  return i64x2.splat(fieldOf(bins.feature).mask >>> bins.shift);
}

@inline
function countersOf(bins: Bins): v128 {
  return i32x4.splat(<i32>(bins.counters - (bins.first << 3)));
}
