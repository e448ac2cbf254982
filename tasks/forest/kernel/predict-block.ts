import { enclose, fillBlock, groupAt } from './block';
import { order } from './order-rows';
import { addShares, descend } from './walk';
import {
  features,
  forks,
  highest,
  lowest,
  predictions,
  probabilities,
  rootOf,
  sums,
  trees,
} from './walk-memory';

/**
 * Predicts a block of the rows as they were ordered, `rows` from the `first` on, at most BLOCK_ROWS. A block at a time,
 * because the engine replaces its first, slow translation of a function only between two calls.
 */
export function predictBlock(first: u32, rows: u32): void {
  const numbers = order + (first << 2);
  fillBlock(numbers, rows);
  enclose(rows);
  memory.fill(sums, 0, rows << 4);
  for (let tree: u32 = 0; tree < trees; tree++) sumShares(rootOf(tree), rows);
  decide(numbers, rows);
}

/** Adds what a tree says of the block's rows. */
function sumShares(root: usize, rows: u32): void {
  const groups = (rows + 7) >> 3;
  for (let group: u32 = 0; group < groups; group++) {
    if ((group & 7) == 0) {
      const box = (group >> 3) * (features << 5);
      descend(root, lowest + box, highest + box);
    }
    addShares(load<u32>(forks + ((group & 7) << 2)), groupAt(group), sums + (group << 7));
  }
}

/** Each class on its own: 1 - P(class 1) can differ from P(class 0) in the last bit, and with it the class. */
function decide(numbers: usize, rows: u32): void {
  for (let i: u32 = 0; i < rows; i++) {
    const row = load<u32>(numbers + (i << 2));
    const probability0 = load<f64>(sums + (i << 4)) / <f64>trees;
    const probability1 = load<f64>(sums + (i << 4), 8) / <f64>trees;
    store<f64>(probabilities + (row << 3), probability1);
    store<u8>(predictions + row, probability1 > probability0 ? 1 : 0);
  }
}
