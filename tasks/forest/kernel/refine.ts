import { bound } from './best-split';
import { Bins } from './structs';
import { fieldOf, isRefined, sortScratch } from './grow-memory';
import { begin, end, keys, weight0, weight1 } from './node';
import { maskOf, shiftOf } from './histogram';
import { fieldsOfTwo, RECORD_BYTES } from './records';
import { sortKeys } from './sort-keys';
import { keyOf, searchKeys } from './sorted-search';

/**
 * Looks into the bins, to whose left `left0` and `left1` lie already, in which a cut may reach the best. The measure is convex in the two left weights, so that
 * inside a bin it stays below the larger of its ends, which are cuts known already, and of its other two corners.
 */
export function refine(bins: Bins, left0: u32, left1: u32): void {
  if (bins.shift == 0) return;
  const count = bins.count;
  const factors = f64x2(-weight1, weight0);
  const weight = f64x2.splat(weight0 + weight1);
  const limit = f64x2.splat(bound);
  let left = f64x2.splat(<f64>left0 + <f64>left1);
  let d = f64x2.splat(<f64>left1 * weight0 - <f64>left0 * weight1);
  let refined: u32 = 0;
  for (let bin: u32 = 0; bin < count; bin++) {
    const counter = bins.counters + (bin << 3);
    const counts = f64x2.convert_low_i32x4_s(v128.load64_zero(counter));
    const products = f64x2.mul(counts, factors);
    // at each corner one of the classes lies left already
    const leftAtCorners = f64x2.add(left, counts);
    const dAtCorners = f64x2.add(d, products);
    const limits = f64x2.mul(f64x2.mul(limit, leftAtCorners), f64x2.sub(weight, leftAtCorners));
    const isPromising = v128.any_true(f64x2.gt(f64x2.mul(dAtCorners, dAtCorners), limits));
    const isIn = u32(isPromising) & u32(load<u32>(counter) + load<u32>(counter, 4) > 1);
    store<u8>(isRefined + bin, isIn);
    refined += isIn;
    left = f64x2.add(leftAtCorners, swapped(counts));
    d = f64x2.add(dAtCorners, swapped(products));
  }
  // the rows that miss the value
  store<u8>(isRefined + count, 0);
  if (refined > 0) searchInside(bins, left0, left1);
}

@inline
function swapped(pair: v128): v128 {
  return v128.shuffle<f64>(pair, pair, 1, 0);
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
  const word = fieldOf(bins.feature).word;
  const shift = shiftOf(bins);
  const mask = maskOf(bins);
  const last = i64x2.splat(bins.first + bins.count);
  const refined = i64x2.splat(isRefined - bins.first);
  let to = sortScratch;
  for (let at = begin; at < end; at += 2 * RECORD_BYTES) {
    const marks = i32x4.add(i32x4.min_u(fieldsOfTwo(v128.load(at + word), shift, mask), last), refined);
    store<u32>(to, at);
    to += <usize>load<u8>(i32x4.extract_lane(marks, 0)) << 2;
    store<u32>(to, at + RECORD_BYTES);
    to += <usize>load<u8>(i32x4.extract_lane(marks, 2)) << 2;
  }
  // the second of the last two may be none
  if (to > sortScratch && load<usize>(to - 4) == end) to -= 4;
  const count = <u32>((to - sortScratch) >> 2);
  for (let i: u32 = 0; i < count; i++) {
    store<u64>(keys + (<usize>i << 3), keyOf(load<u32>(sortScratch + (<usize>i << 2)), bins.feature));
  }
  return count;
}
