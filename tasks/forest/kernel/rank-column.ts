import { buffer0, buffer1, columns, fieldOf, isNear, rows, values } from './grow-memory';
import { sortKeys } from './sort-keys';

/**
 * Replaces the float32 values of a feature, which are finite and hold no -0, by their ranks among its distinct values,
 * and notes those values.
 */
export function rankColumn(feature: u32): void {
  const column = columns + ((<usize>feature * rows) << 2);
  const distinct = values + ((<usize>feature * rows) << 2);
  for (let row: u32 = 0; row < rows; row++) {
    const bits = load<u32>(column + (<usize>row << 2));
    store<u64>(buffer0 + (<usize>row << 3), (<u64>orderOf(bits) << 32) | row);
  }
  const keys = sortKeys(buffer0, buffer1, rows);

  let rank: u32 = 0;
  let near: u32 = 0;
  let before = load<u32>(keys, 4);
  store<u32>(distinct, bitsOf(before));
  for (let i: u32 = 0; i < rows; i++) {
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
  field.distinct = rank + 1;
  field.hasNearValues = near;
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
