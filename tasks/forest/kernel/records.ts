import {
  buffer0,
  drawCounts,
  HEAD_BITS,
  labels,
  records,
  sortScratch,
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
export let packedLayers: u32 = 1;
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

/** The bits under the mask that stand `shift` bits up in the words of two records. */
@inline
export function fieldsOfTwo(words: v128, shift: u32, mask: v128): v128 {
  return v128.and(i64x2.shr_u(words, shift), mask);
}

/**
 * Copies the records of the rows that were drawn into the first buffer, each with its weight. Returns where their first
 * words end, or 0 where a weight has no room in a record.
 */
export function copyDrawn(): usize {
  const isWide = headWord > 0;
  const end = isWide ? copyHeads() : copyFirstWords();
  if (layers > 1) {
    noteDrawn();
    moveLayers(u32(!isWide), packedLayers, buffer0, end);
  }
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

function noteDrawn(): void {
  let to = sortScratch;
  for (let row: u32 = 0; row < rows; row++) {
    store<u32>(to, records + (<usize>row << 3));
    to += usize(load<u8>(drawCounts + row) > 0) << 2;
  }
}

/** Copies the records whose addresses are noted to the place from `to` to `end`, the layers from `first` to `last`. */
export function moveLayers(first: u32, last: u32, to: usize, end: usize): void {
  for (; first < last; first += 4) moveWords(first, last - 1, to, end);
}

/** Of four layers, or up to the last. */
function moveWords(layer: u32, last: u32, to: usize, end: usize): void {
  const a = layer * layerBytes();
  const b = min(layer + 1, last) * layerBytes();
  const c = min(layer + 2, last) * layerBytes();
  const d = min(layer + 3, last) * layerBytes();
  for (let noted = sortScratch; to < end; to += RECORD_BYTES, noted += 4) {
    const at = <usize>load<u32>(noted);
    store<u64>(to + a, load<u64>(at + a));
    store<u64>(to + b, load<u64>(at + b));
    store<u64>(to + c, load<u64>(at + c));
    store<u64>(to + d, load<u64>(at + d));
  }
}
