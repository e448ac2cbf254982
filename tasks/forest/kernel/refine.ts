import { bound } from './best-split';
import { Bins } from './structs';
import { fieldOf, isRefined, sortScratch } from './grow-memory';
import { begin, end, keys, weight0, weight1 } from './node';
import { RECORD_BYTES } from './records';
import { sortKeys } from './sort-keys';
import { keyOf, searchKeys } from './sorted-search';

/**
 * Looks into the bins, to whose left `left0` and `left1` lie already, in which a cut may reach the best. The measure is convex in the two left weights, so that
 * inside a bin it stays below the larger of its ends, which are cuts known already, and of its other two corners.
 */
export function refine(bins: Bins, left0: u32, left1: u32): void {
  if (bins.shift == 0) return;
  const counters = bins.counters;
  const count = bins.count;
  const class0 = weight0;
  const class1 = weight1;
  const weight = class0 + class1;
  const limit = bound;
  let left = <f64>left0 + <f64>left1;
  let d = <f64>left1 * class0 - <f64>left0 * class1;
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
  // the rows that miss the value
  store<u8>(isRefined + count, 0);
  if (refined > 0) searchInside(bins, left0, left1);
}

function searchInside(bins: Bins, left0: u32, left1: u32): void {
  const count = collect(bins);
  let key = sortKeys(keys, sortScratch, count);
  const lastKey = key + (<usize>count << 3);
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
  const last = bins.first + bins.count;
  let to = sortScratch;
  for (let at = begin; at < end; at += RECORD_BYTES) {
    const rank = <u32>(load<u64>(at + word) >>> shift) & mask;
    store<u32>(to, at);
    to += <usize>load<u8>(refined + min(rank >>> coarse, last)) << 2;
  }
  const count = <u32>((to - sortScratch) >> 2);
  for (let i: u32 = 0; i < count; i++) {
    store<u64>(keys + (<usize>i << 3), keyOf(load<u32>(sortScratch + (<usize>i << 2)), bins.feature));
  }
  return count;
}
