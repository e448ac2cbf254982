import { buffer0, buffer1, columns, fieldOf, isNear, rows, values } from './grow-memory';
import { sortKeys } from './sort-keys';

/** As `orderOf` has it. */
const INFINITE: u32 = 0xff800000;

/**
 * Replaces the float32 values of a feature, which are finite or missing and hold no -0, by their ranks among its distinct
 * values, and notes those values.
 */
export function rankColumn(feature: u32): void {
  const column = columns + ((<usize>feature * rows) << 2);
  const distinct = values + ((<usize>feature * rows) << 2);
  for (let row: u32 = 0; row < rows; row++) {
    const bits = load<u32>(column + (<usize>row << 2));
    store<u64>(buffer0 + (<usize>row << 3), (<u64>orderOf(bits) << 32) | row);
  }
  const keys = sortKeys(buffer0, buffer1, rows);
  const known = countKnown(keys);

  let rank: u32 = 0;
  let near: u32 = 0;
  let before = load<u32>(keys, 4);
  store<u32>(distinct, bitsOf(before));
  for (let i: u32 = 0; i < known; i++) {
    const key = keys + (<usize>i << 3);
    const order = load<u32>(key, 4);
    if (order != before) {
      rank++;
      store<u32>(distinct + (<usize>rank << 2), bitsOf(order));
      near |= u32(isNear(reinterpret<f32>(bitsOf(before)), reinterpret<f32>(bitsOf(order))));
      before = order;
    }
    store<u32>(column + (<usize>load<u32>(key) << 2), rank);
  }
  const field = fieldOf(feature);
  field.distinct = min(rank + 1, known);
  field.hasNearValues = near;
  field.missing = known == rows ? 0 : rankAbove(field.distinct);
  for (let i = known; i < rows; i++) {
    store<u32>(column + (<usize>load<u32>(keys + (<usize>i << 3)) << 2), field.missing);
  }
}

/** How many rows have a value; missing values, not numbers, come behind all others. */
function countKnown(keys: usize): u32 {
  let known = rows;
  while (known > 0 && load<u32>(keys + (<usize>(known - 1) << 3), 4) > INFINITE) known--;
  return known;
}

/** The lowest bit that so many ranks do not need. */
function rankAbove(ranks: u32): u32 {
  return ranks > 1 ? 1 << (32 - clz(ranks - 1)) : 1;
}

/** Of a float32's bits: unsigned integers in the order of the numbers. */
@inline
function orderOf(bits: u32): u32 {
  return bits ^ (<u32>(<i32>bits >> 31) | 0x80000000);
}

@inline
function bitsOf(order: u32): u32 {
  return order ^ (~<u32>(<i32>order >> 31) | 0x80000000);
}
