import { blockRows, features, highest, lowest, valueAt } from './walk-memory';

/** Puts rows into a block, in the order in which their numbers stand at `numbers`. */
export function fillBlock(numbers: usize, rows: u32): void {
  // a column at a time, which lies in a cache where rows of many columns do not
  for (let f: u32 = 0; f < features; f++) {
    for (let i: u32 = 0; i < rows; i++) {
      const row = load<u32>(numbers + (i << 2));
      store<f32>(groupAt(i >> 3) + (f << 5) + ((i & 7) << 2), valueAt(f, row));
    }
  }
}

/** Finds the lowest and the highest value of each feature in each of the block's groups. */
export function enclose(rows: u32): void {
  for (let group: u32 = 0; group < (rows + 7) >> 3; group++) {
    const box = (group >> 3) * (features << 5) + ((group & 7) << 2);
    for (let at: u32 = 0; at < features << 5; at += 32) {
      const values = groupAt(group) + at;
      let low = load<f32>(values);
      let high = low;
      for (let lane: usize = 4; lane < 32; lane += 4) {
        low = min(low, load<f32>(values + lane));
        high = max(high, load<f32>(values + lane));
      }
      store<f32>(lowest + box + at, low);
      store<f32>(highest + box + at, high);
    }
  }
}

/** Where a group of eight rows stands in the block. */
@inline
export function groupAt(group: u32): usize {
  return blockRows + group * (features << 5);
}
