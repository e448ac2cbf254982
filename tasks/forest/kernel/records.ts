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

/**
 * A record has one word of 64 bits or more, which do not lie beside each other: the first words of all records do, then
 * the second ones, and so on, layer after layer. So what is searched of a node lies close together. A record's address is
 * that of its first word.
 */
export const RECORD_BYTES: u32 = 8;
let packedLayers: u32 = 1;
/** Of drawn records. */
export let layers: u32 = 1;
/** Where from the first word of a drawn record its head lies, a word whose lowest bit is the label and whose next bits are the weight; in bytes. */
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
  packedLayers = words;
  layers = words + u32(isWide);
  headWord = isWide ? words * layerBytes() : 0;
  headMask = isWide ? 0xffffffff : HEAD_MASK;
}

/** How far a record's next word is. */
@inline
export function layerBytes(): u32 {
  return rows << 3;
}

/** Of two records the bits under the mask that stand `shift` bits up in the words at `word`. */
@inline
export function fieldsOfTwo(word: usize, shift: u32, mask: v128): v128 {
  return v128.and(i64x2.shr_u(v128.load(word), shift), mask);
}

/** Makes records of the ranks. */
export function packRows(): void {
  memory.fill(records, 0, <usize>packedLayers * layerBytes());
  for (let row: u32 = 0; row < rows; row++) {
    store<u64>(records + (<usize>row << 3), load<u8>(labels + row));
  }
  for (let feature: u32 = 0; feature < features; feature++) {
    const field = fieldOf(feature);
    const column = columns + ((<usize>feature * rows) << 2);
    const shift = field.shift;
    let record = records + field.word;
    for (let row: u32 = 0; row < rows; row++, record += 8) {
      store<u64>(record, load<u64>(record) | ((<u64>load<u32>(column + ((<usize>row) << 2))) << shift));
    }
  }
}

/**
 * Copies the records of the rows that were drawn into the first buffer, each with its weight. Returns where their first
 * words end, or 0 where a weight has no room in a record.
 */
export function copyDrawn(): usize {
  const isWide = headWord > 0;
  const end = isWide ? copyHeads() : copyFirstWords();
  for (let layer = u32(!isWide); layer < packedLayers; layer++) copyLayer(layer);
  return end;
}

/** With the weights beside the labels. */
function copyFirstWords(): usize {
  const counts = drawCounts;
  let to = buffer0;
  let largest: u32 = 0;
  let weight: u32 = 0;
  let weight1: u32 = 0;
  for (let row: u32 = 0; row < rows; row++) {
    const count = <u32>load<u8>(counts + row);
    const first = load<u64>(records + (<usize>row << 3));
    store<u64>(to, first | ((<u64>count) << 1));
    to += usize(count > 0) << 3;
    largest |= count;
    weight += count;
    weight1 += count & (0 - (<u32>first & 1));
  }
  drawnWeight0 = weight - weight1;
  drawnWeight1 = weight1;
  return largest >> WEIGHT_BITS != 0 ? 0 : to;
}

/** Of wide records; returns where their first words end. */
function copyHeads(): usize {
  const counts = drawCounts;
  let to = buffer0;
  let weight: u32 = 0;
  let weight1: u32 = 0;
  for (let row: u32 = 0; row < rows; row++) {
    const count = <u32>load<u8>(counts + row);
    const label = <u32>load<u8>(labels + row);
    store<u64>(to + headWord, (count << 1) | label);
    to += usize(count > 0) << 3;
    weight += count;
    weight1 += count & (0 - label);
  }
  drawnWeight0 = weight - weight1;
  drawnWeight1 = weight1;
  return to;
}

function copyLayer(layer: u32): void {
  const counts = drawCounts;
  let from = records + layer * layerBytes();
  let to = buffer0 + layer * layerBytes();
  for (let row: u32 = 0; row < rows; row++, from += 8) {
    store<u64>(to, load<u64>(from));
    to += usize(load<u8>(counts + row) > 0) << 3;
  }
}
