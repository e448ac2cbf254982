import { bound, consider } from './best-split';
import { fieldOf, isNear, sortScratch, valueOf } from './grow-memory';
import { begin, end, highOf, keys, lowOf, rows, weight0, weight1 } from './node';
import { headMask, headWord, RECORD_BYTES } from './records';
import { sortKeys } from './sort-keys';

/** Rank, weight and label of a record, as they are sorted. */
@inline
export function keyOf(record: usize, feature: u32): u64 {
  const field = fieldOf(feature);
  const rank = <u32>(load<u64>(record + field.word) >>> field.shift) & field.mask;
  return (<u64>rank << 32) | (load<u64>(record + headWord) & headMask);
}

/** Compares the cuts of a feature by sorting the node; false where it is constant. */
export function searchSorted(feature: u32): bool {
  if (lowOf(feature) == highOf(feature)) return false;
  const sorted = sortNode(feature);
  const last = sorted + (<usize>rows << 3);
  if (areAllAlike(feature, sorted, last)) return false;
  searchKeys(feature, sorted, last, 0, 0);
  return true;
}

/** The keys of the node's records in order; returns where they stand. */
export function sortNode(feature: u32): usize {
  let to = keys;
  for (let at = begin; at < end; at += RECORD_BYTES, to += 8) {
    store<u64>(to, keyOf(at, feature));
  }
  return sortKeys(keys, sortScratch, rows);
}

/** Whether scikit-learn takes the values of sorted keys for one. */
export function areAllAlike(feature: u32, sorted: usize, last: usize): bool {
  const lowest = load<u32>(sorted, 4);
  const highest = load<u32>(last - 8, 4);
  if (lowest == highest) return true;
  return fieldOf(feature).hasNearValues != 0 && isNear(valueOf(feature, lowest), valueOf(feature, highest));
}

/** Compares the cuts between sorted keys, to whose left `left0` and `left1` lie already. */
export function searchKeys(feature: u32, at: usize, last: usize, left0: u32, left1: u32): void {
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
