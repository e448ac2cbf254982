import type { Entries } from './split-search.ts';

/** What a split makes of a node's entries: how many go left, and the ranks on both sides of the cut. */
export interface Sides {
  middle: number;
  highestLeft: number;
  lowestRight: number;
}

/** Sorts the entries from `start` to `end` by side, both sides in their old order; `ranks` are those of the split's feature. */
export function partition(
  { entries, shift }: Entries,
  start: number,
  end: number,
  ranks: Uint32Array,
  cut: number,
  scratch: Uint32Array,
  sides: Sides,
): void {
  let left = start;
  let right = 0;
  let highestLeft = 0;
  let lowestRight = 0xffffffff;
  for (let i = start; i < end; i++) {
    const entry = entries[i];
    const rank = ranks[entry >>> shift];
    // written to both sides, of which one moves on: cheaper than a branch that nobody can predict
    entries[left] = entry;
    scratch[right] = entry;
    const goesLeft = (rank - cut) >>> 31;
    left += goesLeft;
    right += 1 - goesLeft;
    highestLeft = Math.max(highestLeft, goesLeft * rank);
    lowestRight = Math.min(lowestRight, rank + goesLeft * 0x7fffffff);
  }
  entries.set(scratch.subarray(0, right), left);
  sides.middle = left;
  sides.highestLeft = highestLeft;
  sides.lowestRight = lowestRight;
}
