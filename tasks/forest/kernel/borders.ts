import { bound, consider } from './best-split';
import { binShift, fillBins, shapeBins } from './histogram';
import { Bins } from './structs';
import { fieldOf, isNear, valueOf } from './grow-memory';
import { begin, end, highOf, lowOf, rows, weight0, weight1 } from './node';

/** Compares the cuts between the filled bins of a feature, made narrower where it takes that; false where it is constant. */
export function searchBorders(bins: Bins): bool {
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
