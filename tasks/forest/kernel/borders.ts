import { bound, consider } from './best-split';
import { binShift, fillBins, shapeBins } from './histogram';
import { Bins } from './structs';
import { fieldOf, isNear, valueOf } from './grow-memory';
import { begin, end, highOf, lowOf, rows, weight0, weight1 } from './node';

/** Compares the cuts between the filled bins of a feature, made narrower where it takes that; false where it is constant. */
export function searchBorders(bins: Bins): bool {
  if (fieldOf(bins.feature).hasNearValues != 0 && areAllNear(bins)) return false;
  let lone = compareBorders(bins, 0, 0);
  while (lone >= 0) {
    if (!narrowBins(bins, lone)) return false;
    fillBins(bins, begin, end);
    lone = compareBorders(bins, 0, 0);
  }
  return true;
}

/** Makes bins of the ranks in the only one that holds rows; false where that is one rank. */
export function narrowBins(bins: Bins, lone: u32): bool {
  if (bins.shift == 0) return false;
  const low = max(lowOf(bins.feature), (bins.first + lone) << bins.shift);
  const high = min(highOf(bins.feature), ((bins.first + lone + 1) << bins.shift) - 1);
  if (low == high) return false;
  shapeBins(bins, bins.feature, low, high, binShift(high - low + 1, rows));
  return true;
}

export function areAllNear(bins: Bins): bool {
  let first: u32 = 0;
  while (load<u64>(bins.counters + (first << 3)) == 0) first++;
  let last = bins.count - 1;
  while (load<u64>(bins.counters + (last << 3)) == 0) last--;
  return isNear(valueOf(bins.feature, bins.first + first), valueOf(bins.feature, bins.first + last));
}

/**
 * Compares the cuts between bins, to whose left `left0` and `left1` lie already. Returns the number of the only bin that
 * holds rows, or -1 where several do.
 */
export function compareBorders(bins: Bins, left0: u32, left1: u32): i32 {
  const feature = bins.feature;
  const hasNearValues = fieldOf(feature).hasNearValues != 0;
  const counters = bins.counters;
  const last = counters + (bins.count << 3);
  const weight = weight0 + weight1;
  const factors = f64x2(-weight1, weight0);
  let limit = bound;
  // left of the cut, class 0 and class 1
  let left = f64x2(left0, left1);
  let before: usize = 0;
  let filled: u32 = 0;
  for (let at = counters; at < last; at += 8) {
    if (load<u64>(at) == 0) continue;
    const leftWeight = sumOf(left);
    const d = sumOf(f64x2.mul(left, factors));
    if (d * d > limit * leftWeight * (weight - leftWeight) && filled > 0) {
      const bin = bins.first + <u32>((at - counters) >> 3);
      if (!hasNearValues || !isNear(valueOf(feature, bins.first + <u32>((before - counters) >> 3)), valueOf(feature, bin))) {
        consider(feature, bin << bins.shift, <u32>f64x2.extract_lane(left, 0), <u32>f64x2.extract_lane(left, 1));
        limit = bound;
      }
    }
    left = f64x2.add(left, f64x2.convert_low_i32x4_s(v128.load64_zero(at)));
    before = at;
    filled++;
  }
  return filled == 1 ? <i32>((before - counters) >> 3) : -1;
}

@inline
function sumOf(pair: v128): f64 {
  return f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
}
