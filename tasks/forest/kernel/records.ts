import {
  buffer0,
  columns,
  drawCounts,
  features,
  fieldOf,
  HEAD_BITS,
  labels,
  records,
  rows,
  WEIGHT_BITS,
} from './grow-memory';

/** Label and weight as they stand in a record that is not wide. */
const HEAD_MASK: u64 = (1 << HEAD_BITS) - 1;

/** Bytes of a record as it is packed. */
let packedStride: u32 = 8;
/** Bytes of a drawn record. */
export let stride: u32 = 8;
/** Where in a drawn record the head lies, a word whose lowest bit is the label and whose next bits are the weight; in bytes. */
export let headWord: u32 = 0;
/** The label and the weight in the head. */
export let headMask: u64 = HEAD_MASK;

/** Class weights of the rows drawn last. */
export let drawnWeight0: u32 = 0;
export let drawnWeight1: u32 = 0;

/**
 * Sets the shape of records: `words` of 64 bits each, the ranks where the fields say. The first word is the head: the
 * label in its lowest bit, and room for the weight of a drawn record, which is how often it was drawn. A wide record has
 * its head in a word of its own, behind the others.
 */
export function shapeRecords(words: u32, isWide: bool): void {
  packedStride = words << 3;
  stride = packedStride + (isWide ? 8 : 0);
  headWord = isWide ? packedStride : 0;
  headMask = isWide ? 0xffffffff : HEAD_MASK;
}

/** Makes records of the ranks. */
export function packRows(): void {
  memory.fill(records, 0, <usize>rows * packedStride);
  for (let row: u32 = 0; row < rows; row++) {
    store<u64>(records + <usize>row * packedStride, load<u8>(labels + row));
  }
  for (let feature: u32 = 0; feature < features; feature++) {
    const field = fieldOf(feature);
    const column = columns + ((<usize>feature * rows) << 2);
    const shift = field.shift;
    let record = records + field.word;
    for (let row: u32 = 0; row < rows; row++, record += packedStride) {
      store<u64>(record, load<u64>(record) | ((<u64>load<u32>(column + ((<usize>row) << 2))) << shift));
    }
  }
}

/**
 * Copies the records of the rows that were drawn into the first buffer, each with its weight. Returns where they end, or 0
 * where a weight has no room in a record.
 */
export function copyDrawn(): usize {
  const counts = drawCounts;
  const words = packedStride;
  const step: usize = stride;
  const head = headWord;
  let from = records;
  let to = buffer0;
  let largest: u32 = 0;
  let weight: u32 = 0;
  let weight1: u32 = 0;
  for (let row: u32 = 0; row < rows; row++, from += words) {
    const count = <u32>load<u8>(counts + row);
    const first = load<u64>(from);
    const label = <u32>first & 1;
    for (let part: u32 = 8; part < words; part += 8) store<u64>(to + part, load<u64>(from + part));
    if (head > 0) store<u64>(to, first);
    store<u64>(to + head, (head > 0 ? <u64>label : first) | ((<u64>count) << 1));
    to += step & (0 - <usize>(count > 0));
    largest |= count;
    weight += count;
    weight1 += count & (0 - label);
  }
  drawnWeight0 = weight - weight1;
  drawnWeight1 = weight1;
  return headWord == 0 && largest >> WEIGHT_BITS != 0 ? 0 : to;
}
