import { DIGITS, digitCounts } from './grow-memory';

const INSERTION_KEYS: u32 = 40;

/** Sorts keys of 64 bits by their upper 32 bits; returns where they stand then, in `keys` or in `scratch`. */
export function sortKeys(keys: usize, scratch: usize, count: u32): usize {
  if (count > INSERTION_KEYS) return sortByDigits(keys, scratch, count);
  const end = keys + (<usize>count << 3);
  for (let at = keys + 8; at < end; at += 8) {
    const key = load<u64>(at);
    let to = at;
    for (; to > keys && load<u64>(to - 8) > key; to -= 8) store<u64>(to, load<u64>(to - 8));
    store<u64>(to, key);
  }
  return keys;
}

/** Least significant digit first, of 8 bits each. */
function sortByDigits(keys: usize, scratch: usize, count: u32): usize {
  const end = keys + (<usize>count << 3);
  countDigits(keys, end);
  for (let digit: u32 = 0; digit < 4; digit++) {
    const starts = digitCounts + digit * (DIGITS << 2);
    const shift = 32 + 8 * digit;
    // where all keys share a digit there is nothing to sort
    if (load<u32>(starts + (<u32>((load<u64>(keys) >>> shift) & 0xff) << 2)) == count) continue;
    startsOfCounts(starts);
    const last = keys + (<usize>count << 3);
    for (let at = keys; at < last; at += 8) {
      const key = load<u64>(at);
      const start = starts + (<u32>((key >>> shift) & 0xff) << 2);
      const place = load<u32>(start);
      store<u32>(start, place + 1);
      store<u64>(scratch + (<usize>place << 3), key);
    }
    const sorted = scratch;
    scratch = keys;
    keys = sorted;
  }
  return keys;
}

function countDigits(keys: usize, end: usize): void {
  const counts = digitCounts;
  memory.fill(counts, 0, 4 * DIGITS * 4);
  for (let at = keys; at < end; at += 8) {
    const key = load<u32>(at, 4);
    increment(counts + ((key & 0xff) << 2));
    increment(counts + (DIGITS << 2) + (((key >>> 8) & 0xff) << 2));
    increment(counts + (DIGITS << 3) + (((key >>> 16) & 0xff) << 2));
    increment(counts + 3 * (DIGITS << 2) + ((key >>> 24) << 2));
  }
}

@inline
function increment(address: usize): void {
  store<u32>(address, load<u32>(address) + 1);
}

function startsOfCounts(counts: usize): void {
  let start: u32 = 0;
  for (let at = counts; at < counts + (DIGITS << 2); at += 4) {
    const count = load<u32>(at);
    store<u32>(at, start);
    start += count;
  }
}
