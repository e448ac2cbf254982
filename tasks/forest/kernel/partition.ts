import { fieldOf, sortScratch } from './grow-memory';
import { layerBytes, layers } from './records';

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
  if (layers == 1) return partitionWords(at, end, to, feature, cut);
  const left = decideWays(at, end, feature, cut);
  for (let layer: u32 = 0; layer < layers; layer += 4) moveWords(layer, at, end, to);
  return to + left;
}

/** Of records that are one word. */
function partitionWords(at: usize, end: usize, to: usize, feature: u32, cut: u32): usize {
  const turn = flip;
  cut ^= turn;
  const field = fieldOf(feature);
  const shift = <u64>field.shift;
  const mask = field.mask;
  let left = to;
  let right = to + (end - at) - 8;
  let highest: u32 = 0;
  let lowest: u32 = u32.MAX_VALUE;
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
  highestLeft = highest ^ turn;
  lowestRight = lowest ^ turn;
  return left;
}

/** Notes for each record by how much the left side moves on; returns how many bytes that makes. */
function decideWays(at: usize, end: usize, feature: u32, cut: u32): usize {
  const turn = flip;
  cut ^= turn;
  const field = fieldOf(feature);
  const shift = <u64>field.shift;
  const mask = field.mask;
  let left: usize = 0;
  let highest: u32 = 0;
  let lowest: u32 = u32.MAX_VALUE;
  let way = sortScratch;
  for (at += field.word, end += field.word; at < end; at += 8, way++) {
    const rank = (<u32>(load<u64>(at) >>> shift) & mask) ^ turn;
    const isLeft = u32(rank < cut);
    store<u8>(way, isLeft << 3);
    left += isLeft << 3;
    highest = max(highest, rank & (0 - isLeft));
    lowest = min(lowest, rank | (0 - isLeft));
  }
  highestLeft = highest ^ turn;
  lowestRight = lowest ^ turn;
  return left;
}

/** Moves the records' words of four layers, or of the last, the ways that were decided. */
function moveWords(layer: u32, at: usize, end: usize, to: usize): void {
  const a = layer * layerBytes();
  const b = min(layer + 1, layers - 1) * layerBytes();
  const c = min(layer + 2, layers - 1) * layerBytes();
  const d = min(layer + 3, layers - 1) * layerBytes();
  let left = to;
  let right = to + (end - at) - 8;
  for (let way = sortScratch; at < end; at += 8, way++) {
    const step = <usize>load<u8>(way);
    // picked by its bits: cheaper than an unpredictable branch, and of so many words than to write to both sides
    const place = right ^ ((left ^ right) & (0 - (step >>> 3)));
    store<u64>(place + a, load<u64>(at + a));
    store<u64>(place + b, load<u64>(at + b));
    store<u64>(place + c, load<u64>(at + c));
    store<u64>(place + d, load<u64>(at + d));
    left += step;
    right -= 8 - step;
  }
}

/** As `partition`, but nothing is moved; returns how many bytes of records would go left. */
export function countLeft(at: usize, end: usize, feature: u32, cut: u32): usize {
  const turn = flip;
  cut ^= turn;
  const field = fieldOf(feature);
  const shift = <u64>field.shift;
  const mask = field.mask;
  let left: usize = 0;
  let highest: u32 = 0;
  let lowest: u32 = u32.MAX_VALUE;
  for (at += field.word, end += field.word; at < end; at += 8) {
    const rank = (<u32>(load<u64>(at) >>> shift) & mask) ^ turn;
    const isLeft = u32(rank < cut);
    left += isLeft;
    highest = max(highest, rank & (0 - isLeft));
    lowest = min(lowest, rank | (0 - isLeft));
  }
  highestLeft = highest ^ turn;
  lowestRight = lowest ^ turn;
  return left << 3;
}
