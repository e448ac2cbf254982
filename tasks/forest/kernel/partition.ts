import { fieldOf, sortScratch } from './grow-memory';
import { fieldsOfTwo, layers, moveLayers, RECORD_BYTES } from './records';

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
  if (layers == 1) return divide<u64>(at, end, to, feature, cut);
  const left = countLeft(at, end, feature, cut);
  moveLayers(0, layers, to, to + (end - at));
  return to + left;
}

/** As `partition`, but nothing is moved; returns how many bytes of records would go left. */
export function countLeft(at: usize, end: usize, feature: u32, cut: u32): usize {
  return (divide<u32>(at, end, sortScratch, feature, cut) - sortScratch) << 1;
}

/** Divides records of one word, or notes the addresses of others in the order that they are to have; returns where the right ones begin. */
function divide<T>(at: usize, end: usize, to: usize, feature: u32, cut: u32): usize {
  const field = fieldOf(feature);
  const word = field.word;
  const shift = field.shift;
  const mask = i64x2.splat(field.mask);
  const turn = i64x2.splat(flip);
  const cuts = i64x2.splat(cut ^ flip);
  let highest = i64x2.splat(0);
  let lowest = i64x2.splat(-1);
  let left = to;
  // from the next place on the left to that on the right
  let gap = ((end - at) / RECORD_BYTES) * sizeof<T>() - sizeof<T>();
  for (; at < end; at += 2 * RECORD_BYTES, gap -= 2 * sizeof<T>()) {
    const isLast = at + RECORD_BYTES == end;
    const words = isLast ? v128.load64_splat(at + word) : v128.load(at + word);
    const ranks = v128.xor(fieldsOfTwo(words, shift, mask), turn);
    const isLeft = i32x4.lt_s(ranks, cuts);
    const ways = <usize>i32x4.bitmask(isLeft);
    highest = i32x4.max_u(highest, v128.and(ranks, isLeft));
    lowest = i32x4.min_u(lowest, v128.or(ranks, isLeft));
    put<T>(left, left + gap, at);
    left += (ways & 1) * sizeof<T>();
    if (isLast) break;
    put<T>(left, left + gap - sizeof<T>(), at + RECORD_BYTES);
    left += (ways >>> 2) * sizeof<T>();
  }
  highestLeft = max(<u32>i32x4.extract_lane(highest, 0), <u32>i32x4.extract_lane(highest, 2)) ^ flip;
  lowestRight = min(<u32>i32x4.extract_lane(lowest, 0), <u32>i32x4.extract_lane(lowest, 2)) ^ flip;
  return left;
}

/** Written to both sides, of which one moves on: cheaper than an unpredictable branch. */
@inline
function put<T>(left: usize, right: usize, at: usize): void {
  const record: T = sizeof<T>() == 8 ? <T>load<u64>(at) : <T>at;
  store<T>(left, record);
  store<T>(right, record);
}
