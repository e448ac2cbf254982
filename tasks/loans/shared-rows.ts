import type { Loans } from './read-loans.ts';

/**
 * How many of the test rows stand, with every value and their label, among all the others too: the model has seen their
 * answers. `test` has indices into `loans`; 5 bytes are held for each row, and up to 20 for each test row.
 */
export function countSharedRows(loans: Pick<Loans, 'rows' | 'features' | 'labels'>, test: Uint32Array): number {
  const { rows, features, labels } = loans;
  const hashes = hashRows(loans);
  const mask = 2 ** Math.ceil(Math.log2(2 * test.length + 1)) - 1;
  /** Open addressing: a position in `test` plus 1; of equal rows only the first. */
  const slots = new Uint32Array(mask + 1);
  const equalTestRows = new Uint32Array(test.length);

  const areEqual = (a: number, b: number): boolean =>
    hashes[a] === hashes[b] && labels[a] === labels[b] && features.every((values) => Object.is(values[a], values[b]));
  const slotOf = (row: number): number => {
    let slot = (hashes[row] ?? 0) & mask;
    for (let at = slots[slot]; at; at = slots[slot]) {
      if (areEqual(test[at - 1] ?? 0, row)) break;
      slot = (slot + 1) & mask;
    }
    return slot;
  };

  for (let at = 0; at < test.length; at += 1) {
    const slot = slotOf(test[at] ?? 0);
    const first = slots[slot] || at + 1;
    slots[slot] = first;
    equalTestRows[first - 1] = (equalTestRows[first - 1] ?? 0) + 1;
  }
  const isTest = new Uint8Array(rows);
  for (const row of test) isTest[row] = 1;
  let shared = 0;
  for (let row = 0; row < rows; row += 1) {
    const first = isTest[row] ? 0 : slots[slotOf(row)];
    if (!first) continue;
    shared += equalTestRows[first - 1] ?? 0;
    equalTestRows[first - 1] = 0;
  }
  return shared;
}

function hashRows({ rows, features, labels }: Pick<Loans, 'rows' | 'features' | 'labels'>): Uint32Array {
  const hashes = Uint32Array.from(labels);
  for (const values of features) {
    const words = new Uint32Array(values.buffer, values.byteOffset, 2 * rows);
    for (let row = 0; row < rows; row += 1) {
      const hash = Math.imul((hashes[row] ?? 0) ^ (words[2 * row] ?? 0), 0x85ebca6b);
      hashes[row] = Math.imul(hash ^ (hash >>> 15) ^ (words[2 * row + 1] ?? 0), 0xc2b2ae35);
    }
  }
  for (let row = 0; row < rows; row += 1) hashes[row] = (hashes[row] ?? 0) ^ ((hashes[row] ?? 0) >>> 16);
  return hashes;
}
