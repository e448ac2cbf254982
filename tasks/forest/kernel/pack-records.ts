import { columns, fieldOf, labels, records, rows } from './grow-memory';
import { layerBytes, packedLayers } from './records';

/** Makes a record of each label, for the ranks of all features. */
export function packLabels(): void {
  memory.fill(records, 0, <usize>packedLayers * layerBytes());
  for (let row: u32 = 0; row < rows; row++) {
    store<u64>(records + (<usize>row << 3), load<u8>(labels + row));
  }
}

/** Puts the ranks of a feature into the records. */
export function packRanks(feature: u32): void {
  const field = fieldOf(feature);
  const shift = field.shift;
  const end = columns + ((<usize>(feature + 1) * rows) << 2);
  let record = records + field.word;
  for (let rank = end - (<usize>rows << 2); rank < end; rank += 4, record += 8) {
    store<u64>(record, load<u64>(record) | (<u64>load<u32>(rank) << shift));
  }
}
