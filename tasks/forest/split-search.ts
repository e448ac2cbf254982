import { isNear, type TrainingSet } from './training-set.ts';

/** Nodes of no more rows are sorted. */
export const TINY_NODE = 40;

// as many bins as a cache close to the processor holds
const MAX_RANK_BINS = 8190;
const MAX_COARSE_BINS = 4096;

// far above what rounding can do to the order of two cuts: about 4e-16 of the squared weight
const SLACK = 4e-15;

/** The rows of a tree that were drawn: `row << shift | weight << 1 | label`, as unsigned integers. */
export interface Entries {
  readonly entries: Uint32Array;
  readonly shift: number;
}

/** Scikit-learn's gini impurity of the class weights. */
export function gini(weight0: number, weight1: number): number {
  const weight = weight0 + weight1;
  return 1 - (weight0 * weight0 + weight1 * weight1) / (weight * weight);
}

/**
 * Finds a node's best split: what scikit-learn finds by sorting the node's rows, to the last bit and tie.
 * Cuts are compared by scikit-learn's proxy of the improvement. Most are ruled out before, by a measure that needs no
 * division: with D = left1 * weight0 - left0 * weight1, the order of D^2 / (left * right) is that of the proxies but for rounding.
 */
export class SplitSearch {
  /** The best split's feature, or -1; rows of a rank below `cut` go left, and weigh `left0` and `left1`. */
  feature = -1;
  cut = 0;
  left0 = 0;
  left1 = 0;

  readonly #set: TrainingSet;
  readonly #histogram = new Uint32Array(2 * (MAX_RANK_BINS + 1));
  readonly #isRefined = new Uint8Array(MAX_COARSE_BINS);
  readonly #keys: Uint32Array;
  #entries: Uint32Array = new Uint32Array();
  #shift = 0;
  #start = 0;
  #end = 0;
  #weight0 = 0;
  #weight1 = 0;
  #proxy = 0;
  /** What D^2 / (left * right) must exceed to come into question. */
  #bound = 0;

  constructor(set: TrainingSet) {
    this.#set = set;
    this.#keys = new Uint32Array(set.rows);
  }

  /** Begins a node: the entries from `start` to `end`, of the given class weights. */
  begin({ entries, shift }: Entries, start: number, end: number, weight0: number, weight1: number): void {
    this.#entries = entries;
    this.#shift = shift;
    this.#start = start;
    this.#end = end;
    this.#weight0 = weight0;
    this.#weight1 = weight1;
    this.feature = -1;
    this.#proxy = Number.NEGATIVE_INFINITY;
    this.#bound = Number.NEGATIVE_INFINITY;
  }

  /** Compares the cuts of a feature whose ranks in the node lie from `low` to `high`; false where it is constant. */
  visit(feature: number, low: number, high: number): boolean {
    if (low === high) return false;
    const rows = this.#end - this.#start;
    if (rows <= TINY_NODE) return this.#searchSorted(feature);
    for (;;) {
      const shift = binShift(high - low + 1, rows);
      // between coarse bins nobody sees whether neighbours are near
      if (shift > 0 && this.#set.hasNearValues[feature]) return this.#searchSorted(feature);
      const bins = ((high - low) >>> shift) + 1;
      this.#fill(feature, low, shift, bins);
      const first = firstBin(this.#histogram);
      const last = lastBin(this.#histogram, bins);
      if (first < last) return this.#searchBins(feature, low, shift, first, last);
      if (shift === 0) return false;
      low += first << shift;
      high = Math.min(high, low + (1 << shift) - 1);
    }
  }

  /** Weighs both classes in each bin of 2^shift ranks. */
  #fill(feature: number, low: number, shift: number, bins: number): void {
    const histogram = this.#histogram;
    const entries = this.#entries;
    const ranks = this.#set.ranks;
    const offset = feature * this.#set.rows;
    const rowShift = this.#shift;
    const weightMask = (1 << (rowShift - 1)) - 1;
    const end = this.#end;
    histogram.fill(0, 0, 2 * bins);
    for (let i = this.#start; i < end; i++) {
      const entry = entries[i];
      const bin = (ranks[offset + (entry >>> rowShift)] - low) >>> shift;
      histogram[2 * bin + (entry & 1)] += (entry >>> 1) & weightMask;
    }
  }

  #searchBins(feature: number, low: number, shift: number, first: number, last: number): boolean {
    const values = this.#set.values[feature];
    const nearValues = this.#set.hasNearValues[feature];
    if (nearValues && isNear(values[low + first], values[low + last])) return false;
    const histogram = this.#histogram;
    const weight0 = this.#weight0;
    const weight1 = this.#weight1;
    let left0 = 0;
    let left1 = 0;
    let d = 0;
    let before = first;
    for (let bin = first; bin <= last; bin++) {
      const count0 = histogram[2 * bin];
      const count1 = histogram[2 * bin + 1];
      if (count0 + count1 === 0) continue;
      const left = left0 + left1;
      const right = weight0 + weight1 - left;
      if (d * d > this.#bound * left * right && bin > first) {
        if (!nearValues || !isNear(values[low + before], values[low + bin])) {
          this.#consider(feature, low + (bin << shift), left0, left1);
        }
      }
      left0 += count0;
      left1 += count1;
      d = left1 * weight0 - left0 * weight1;
      before = bin;
    }
    if (shift > 0) this.#refine(feature, low, shift, first, last);
    return true;
  }

  /**
   * Looks into the bins in which a cut may reach the best. The measure is convex in the two left weights, so that
   * inside a bin it stays below the larger of its ends, which are cuts known already, and of its other two corners.
   */
  #refine(feature: number, low: number, shift: number, first: number, last: number): void {
    const histogram = this.#histogram;
    const isRefined = this.#isRefined;
    const weight0 = this.#weight0;
    const weight1 = this.#weight1;
    const weight = weight0 + weight1;
    const bound = this.#bound;
    let left0 = 0;
    let left1 = 0;
    let refined = 0;
    for (let bin = first; bin <= last; bin++) {
      const count0 = histogram[2 * bin];
      const count1 = histogram[2 * bin + 1];
      const d = left1 * weight0 - left0 * weight1;
      const a = d - count0 * weight1;
      const b = d + count1 * weight0;
      const leftA = left0 + left1 + count0;
      const leftB = left0 + left1 + count1;
      const isPromising = a * a > bound * leftA * (weight - leftA) || b * b > bound * leftB * (weight - leftB);
      isRefined[bin] = isPromising && count0 + count1 > 1 ? 1 : 0;
      refined += isRefined[bin];
      left0 += count0;
      left1 += count1;
    }
    if (refined > 0) this.#searchInside(feature, low, shift, first, last);
  }

  #searchInside(feature: number, low: number, shift: number, first: number, last: number): void {
    const histogram = this.#histogram;
    const isRefined = this.#isRefined;
    const keys = this.#keys;
    const count = this.#collect(feature, low, shift);
    sortKeys(keys, count);
    let left0 = 0;
    let left1 = 0;
    let begin = 0;
    for (let bin = first; bin <= last; bin++) {
      if (isRefined[bin] === 1) {
        const above = low + ((bin + 1) << shift);
        let end = begin;
        while (end < count && keys[end] >>> this.#shift < above) end++;
        this.#searchKeys(feature, begin, end, left0, left1);
        begin = end;
      }
      left0 += histogram[2 * bin];
      left1 += histogram[2 * bin + 1];
    }
  }

  /** Puts the rows of the bins to refine into the keys; returns how many there are. */
  #collect(feature: number, low: number, shift: number): number {
    const entries = this.#entries;
    const isRefined = this.#isRefined;
    const keys = this.#keys;
    const ranks = this.#set.ranks;
    const offset = feature * this.#set.rows;
    const rowShift = this.#shift;
    const weightMask = (1 << rowShift) - 1;
    const end = this.#end;
    let count = 0;
    for (let i = this.#start; i < end; i++) {
      const entry = entries[i];
      const rank = ranks[offset + (entry >>> rowShift)];
      keys[count] = (rank << rowShift) | (entry & weightMask);
      count += isRefined[(rank - low) >>> shift];
    }
    return count;
  }

  #searchSorted(feature: number): boolean {
    const entries = this.#entries;
    const keys = this.#keys;
    const ranks = this.#set.ranks;
    const offset = feature * this.#set.rows;
    const rowShift = this.#shift;
    const weightMask = (1 << rowShift) - 1;
    const start = this.#start;
    const count = this.#end - start;
    for (let i = 0; i < count; i++) {
      const entry = entries[start + i];
      keys[i] = (ranks[offset + (entry >>> rowShift)] << rowShift) | (entry & weightMask);
    }
    sortKeys(keys, count);
    const lowest = keys[0] >>> rowShift;
    const highest = keys[count - 1] >>> rowShift;
    const values = this.#set.values[feature];
    if (lowest === highest || isNear(values[lowest], values[highest])) return false;
    this.#searchKeys(feature, 0, count, 0, 0);
    return true;
  }

  /** Compares the cuts between the sorted keys from `begin` to `end`, to whose left `left0` and `left1` lie already. */
  #searchKeys(feature: number, begin: number, end: number, left0: number, left1: number): void {
    const keys = this.#keys;
    const rowShift = this.#shift;
    const weightMask = (1 << (rowShift - 1)) - 1;
    const values = this.#set.values[feature];
    const nearValues = this.#set.hasNearValues[feature];
    const weight0 = this.#weight0;
    const weight1 = this.#weight1;
    let before = keys[begin] >>> rowShift;
    for (let i = begin; i < end; i++) {
      const key = keys[i];
      const rank = key >>> rowShift;
      if (rank !== before) {
        const left = left0 + left1;
        const d = left1 * weight0 - left0 * weight1;
        if (d * d > this.#bound * left * (weight0 + weight1 - left)) {
          if (!nearValues || !isNear(values[before], values[rank])) this.#consider(feature, rank, left0, left1);
        }
        before = rank;
      }
      const weight = (key >>> 1) & weightMask;
      if ((key & 1) === 0) left0 += weight;
      else left1 += weight;
    }
  }

  #consider(feature: number, cut: number, left0: number, left1: number): void {
    const right0 = this.#weight0 - left0;
    const right1 = this.#weight1 - left1;
    const left = left0 + left1;
    const right = right0 + right1;
    const proxy = -right * gini(right0, right1) - left * gini(left0, left1);
    if (proxy < this.#proxy) return;
    // cuts of a feature come out of order, and of equal ones the lowest wins; between features the first
    const isLower = feature === this.feature && left < this.left0 + this.left1;
    if (proxy === this.#proxy && !isLower) return;
    this.feature = feature;
    this.cut = cut;
    this.left0 = left0;
    this.left1 = left1;
    this.#proxy = proxy;
    const weight = this.#weight0 + this.#weight1;
    const d = left1 * this.#weight0 - left0 * this.#weight1;
    this.#bound = Math.max(this.#bound, (d * d) / (left * right) - SLACK * weight * weight);
  }
}

/** How many ranks share a bin, as a power of two: one where so many bins are worth it. */
function binShift(range: number, rows: number): number {
  if (range <= Math.min(4 * rows, MAX_RANK_BINS)) return 0;
  const bins = Math.min(rows >>> 2, MAX_COARSE_BINS);
  return Math.max(0, 32 - Math.clz32(Math.floor((range - 1) / bins)));
}

function firstBin(histogram: Uint32Array): number {
  let bin = 0;
  while (histogram[2 * bin] + histogram[2 * bin + 1] === 0) bin++;
  return bin;
}

function lastBin(histogram: Uint32Array, bins: number): number {
  let bin = bins - 1;
  while (histogram[2 * bin] + histogram[2 * bin + 1] === 0) bin--;
  return bin;
}

/** Sorts the first `count` keys. */
function sortKeys(keys: Uint32Array, count: number): void {
  if (count > TINY_NODE) {
    keys.subarray(0, count).sort();
    return;
  }
  for (let i = 1; i < count; i++) {
    const key = keys[i];
    let j = i;
    for (; j > 0 && keys[j - 1] > key; j--) keys[j] = keys[j - 1];
    keys[j] = key;
  }
}
