import { features, ranges } from './grow-memory';
import { RECORD_BYTES } from './records';

/** The node under search: where its records begin and end, and their class weights. */
export let begin: usize = 0;
export let end: usize = 0;
export let rows: u32 = 0;
export let weight0: f64 = 0;
export let weight1: f64 = 0;
/** Room for as many keys as there are records. */
export let keys: usize = 0;

export function openNode(at: usize, last: usize, scratch: usize, class0: u32, class1: u32): void {
  begin = at;
  end = last;
  rows = <u32>((last - at) / RECORD_BYTES);
  weight0 = class0;
  weight1 = class1;
  keys = scratch;
}

/** The lowest rank of a feature that there may be. */
@inline
export function lowOf(feature: u32): u32 {
  return load<u32>(ranges + (feature << 2));
}

/** The highest rank of a feature that there may be. */
@inline
export function highOf(feature: u32): u32 {
  return load<u32>(ranges + ((features + feature) << 2));
}
