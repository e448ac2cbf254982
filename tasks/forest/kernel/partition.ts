import { fieldOf } from './grow-memory';
import { stride } from './records';

/** The ranks on both sides of the cut partitioned last. */
export let highestLeft: u32 = 0;
export let lowestRight: u32 = 0;

/** What makes of the ranks their order where the missing ones come first; 0 where they come last. */
let flip: u32 = 0;

/** The records without a value come left in what is partitioned from now on, or right with the highest ranks. */
export function placeMissing(feature: u32, left: bool): void {
  flip = left ? fieldOf(feature).missing : 0;
}

/**
 * Copies the records from `at` to `end` to the place that begins at `to`: those of a rank below `cut` from its
 * begin on, the others from its end down. Returns where in the place the others begin.
 */
export function partition(at: usize, end: usize, to: usize, feature: u32, cut: u32): usize {
  const step = stride;
  const turn = flip;
  cut ^= turn;
  const field = fieldOf(feature);
  const word = field.word;
  const shift = <u64>field.shift;
  const mask = field.mask;
  let left = to;
  let right = to + (end - at) - step;
  let highest: u32 = 0;
  let lowest: u32 = u32.MAX_VALUE;
  if (step == 8) {
    for (; at < end; at += 8) {
      const record = load<u64>(at);
      const rank = (<u32>(record >>> shift) & mask) ^ turn;
      const isLeft = u32(rank < cut);
      // written to both sides, of which one moves on: cheaper than an unpredictable branch
      store<u64>(left, record);
      store<u64>(right, record);
      left += isLeft << 3;
      right -= 8 - (isLeft << 3);
      highest = max(highest, rank & (0 - isLeft));
      lowest = min(lowest, rank | (0 - isLeft));
    }
  } else {
    for (; at < end; at += step) {
      const rank = (<u32>(load<u64>(at + word) >>> shift) & mask) ^ turn;
      const isLeft = u32(rank < cut);
      for (let part: u32 = 0; part < step; part += 8) {
        const record = load<u64>(at + part);
        store<u64>(left + part, record);
        store<u64>(right + part, record);
      }
      left += isLeft * step;
      right -= step - isLeft * step;
      highest = max(highest, rank & (0 - isLeft));
      lowest = min(lowest, rank | (0 - isLeft));
    }
  }
  highestLeft = highest ^ turn;
  lowestRight = lowest ^ turn;
  return left;
}

/** As `partition`, but nothing is moved; returns how many bytes of records would go left. */
export function countLeft(at: usize, end: usize, feature: u32, cut: u32): usize {
  const step = stride;
  const turn = flip;
  cut ^= turn;
  const field = fieldOf(feature);
  const shift = <u64>field.shift;
  const mask = field.mask;
  let left: usize = 0;
  let highest: u32 = 0;
  let lowest: u32 = u32.MAX_VALUE;
  for (at += field.word, end += field.word; at < end; at += step) {
    const rank = (<u32>(load<u64>(at) >>> shift) & mask) ^ turn;
    const isLeft = u32(rank < cut);
    left += isLeft;
    highest = max(highest, rank & (0 - isLeft));
    lowest = min(lowest, rank | (0 - isLeft));
  }
  highestLeft = highest ^ turn;
  lowestRight = lowest ^ turn;
  return left * step;
}
