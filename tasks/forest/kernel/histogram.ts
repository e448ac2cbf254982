import { fieldOf, MAX_COARSE_BINS, MAX_RANK_BINS } from './grow-memory';
import { highOf, lowOf, rows } from './node';
import { Bins } from './structs';
import { headMask, headWord, RECORD_BYTES } from './records';

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
  if (range <= min(rows << 2, MAX_RANK_BINS)) return 0;
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

/** Counts the records from `at` to `end`. */
export function fillBins(bins: Bins, at: usize, end: usize): void {
  const head = headWord;
  const weights = headMask >>> 1;
  const field = fieldOf(bins.feature);
  const word = field.word;
  const turn = rotationOf(bins);
  const mask = maskOf(bins);
  const counters = countersOf(bins);
  for (; at < end; at += RECORD_BYTES) {
    const label = load<u64>(at + head);
    count(counters + (<u32>rotr(load<u64>(at + word), turn) & mask), label, weights);
  }
}

/** As `fillBins`, where rows may miss the value. */
export function fillBinsWithMissing(bins: Bins, at: usize, end: usize): void {
  const head = headWord;
  const weights = headMask >>> 1;
  const word = fieldOf(bins.feature).word;
  const turn = rotationOf(bins);
  const mask = maskOf(bins);
  const counters = countersOf(bins);
  const last = (bins.first + bins.count) << 3;
  for (; at < end; at += RECORD_BYTES) {
    const label = load<u64>(at + head);
    count(counters + min(<u32>rotr(load<u64>(at + word), turn) & mask, last), label, weights);
  }
}

/** Counts two features in one pass. */
export function fillBothBins(a: Bins, b: Bins, at: usize, end: usize): void {
  const head = headWord;
  const weights = headMask >>> 1;
  const wordA = fieldOf(a.feature).word;
  const wordB = fieldOf(b.feature).word;
  const turnA = rotationOf(a);
  const turnB = rotationOf(b);
  const maskA = maskOf(a);
  const maskB = maskOf(b);
  const countersA = countersOf(a);
  const countersB = countersOf(b);
  if (wordA == head && wordB == head) {
    at += head;
    end += head;
    for (; at < end; at += RECORD_BYTES) {
      const record = load<u64>(at);
      count(countersA + (<u32>rotr(record, turnA) & maskA), record, weights);
      count(countersB + (<u32>rotr(record, turnB) & maskB), record, weights);
    }
    return;
  }
  for (; at < end; at += RECORD_BYTES) {
    const label = load<u64>(at + head);
    count(countersA + (<u32>rotr(load<u64>(at + wordA), turnA) & maskA), label, weights);
    count(countersB + (<u32>rotr(load<u64>(at + wordB), turnB) & maskB), label, weights);
  }
}

@inline
function count(bin: usize, head: u64, weights: u64): void {
  const counter = bin + ((<u32>head & 1) << 2);
  store<u32>(counter, load<u32>(counter) + <u32>((head >>> 1) & weights));
}

/** By how much to rotate a record so that the bin's number stands eightfold, as the distance of its counters. */
@inline
function rotationOf(bins: Bins): u64 {
  return <u64>((fieldOf(bins.feature).shift + bins.shift - 3) & 63);
}

@inline
function maskOf(bins: Bins): u32 {
  return (fieldOf(bins.feature).mask >>> bins.shift) << 3;
}

@inline
function countersOf(bins: Bins): usize {
  return bins.counters - (<usize>bins.first << 3);
}
