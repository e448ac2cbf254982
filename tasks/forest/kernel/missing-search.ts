import { consider, MISSING_LEFT, MISSING_NOWHERE, MISSING_RIGHT, sendMissing } from './best-split';
import { areAllNear, compareBorders, narrowBins } from './borders';
import { bins0, fieldOf } from './grow-memory';
import { fillBins, isBinned, shapeNodeBins } from './histogram';
import { begin, end, highOf, lowOf, rows, weight0, weight1 } from './node';
import { refine } from './refine';
import { areAllAlike, searchKeys, sortNode } from './sorted-search';
import { Bins } from './structs';

/** The class weights of the node's rows that miss the value of the feature under search. */
let missing0: u32 = 0;
let missing1: u32 = 0;

/**
 * Compares the cuts of a feature whose value some rows miss. Scikit-learn compares the cuts between the known values with
 * the missing rows right, then the known rows against the missing ones, then the cuts with the missing rows left. False
 * where the feature is constant: no value is known, or all are alike and none is missing.
 */
export function searchWithMissing(feature: u32): bool {
  if (fieldOf(feature).distinct == 0 || lowOf(feature) > highOf(feature)) return false;
  const isSplit = isBinned(feature) ? searchBins(feature) : searchNode(feature);
  sendMissing(MISSING_NOWHERE);
  return isSplit;
}

function searchBins(feature: u32): bool {
  const bins = changetype<Bins>(bins0);
  shapeNodeBins(bins, feature);
  fillBins(bins, begin, end);
  const missing = load<u64>(bins.counters + (bins.count << 3));
  countMissing(<u32>missing, <u32>(missing >>> 32));
  if (isNoneKnown()) return false;
  if (!isAnyMissing() && fieldOf(feature).hasNearValues != 0 && areAllNear(bins)) return false;
  let lone = compareBorders(bins, 0, 0);
  while (lone >= 0 && narrowBins(bins, lone)) {
    fillBins(bins, begin, end);
    lone = compareBorders(bins, 0, 0);
  }
  if (!isAnyMissing()) {
    refine(bins, 0, 0);
    return lone < 0;
  }
  considerMissing(feature);
  sendMissing(MISSING_LEFT);
  compareBorders(bins, missing0, missing1);
  refine(bins, missing0, missing1);
  sendMissing(MISSING_RIGHT);
  refine(bins, 0, 0);
  return true;
}

function searchNode(feature: u32): bool {
  const sorted = sortNode(feature);
  const last = sorted + (<usize>rows << 3);
  const known = firstMissing(feature, sorted, last);
  if (isNoneKnown()) return false;
  if (!isAnyMissing() && areAllAlike(feature, sorted, last)) return false;
  searchKeys(feature, sorted, known, 0, 0);
  if (!isAnyMissing()) return true;
  considerMissing(feature);
  sendMissing(MISSING_LEFT);
  searchKeys(feature, sorted, known, missing0, missing1);
  return true;
}

/** Counts the keys without a value, which come behind all others; returns where they begin. */
function firstMissing(feature: u32, sorted: usize, last: usize): usize {
  const missing = fieldOf(feature).missing;
  let class0: u32 = 0;
  let class1: u32 = 0;
  for (; last > sorted && load<u32>(last - 8, 4) == missing; last -= 8) {
    const head = load<u32>(last - 8);
    const ofClass1 = (head >>> 1) & (0 - (head & 1));
    class0 += (head >>> 1) - ofClass1;
    class1 += ofClass1;
  }
  countMissing(class0, class1);
  return last;
}

function countMissing(class0: u32, class1: u32): void {
  missing0 = class0;
  missing1 = class1;
  sendMissing(isAnyMissing() ? MISSING_RIGHT : MISSING_NOWHERE);
}

@inline
function isAnyMissing(): bool {
  return missing0 + missing1 > 0;
}

@inline
function isNoneKnown(): bool {
  return <f64>missing0 == weight0 && <f64>missing1 == weight1;
}

/** Of all rows with a value against those without. */
function considerMissing(feature: u32): void {
  consider(feature, fieldOf(feature).missing, <u32>weight0 - missing0, <u32>weight1 - missing1);
}
