import type { Loans } from './read-loans.ts';

/**
 * How many of the test rows stand, with every value and their label, among the training rows too: the model has seen
 * their answers. Rows are indices into `loans`; 4 to 12 bytes are held for each test row.
 */
export function countSharedRows({ features, labels }: Loans, train: Uint32Array, test: Uint32Array): number {
  const words = features.map((values) => new Uint32Array(values.buffer, values.byteOffset, 2 * values.length));
  const mask = 2 ** Math.ceil(Math.log2(2 * test.length + 1)) - 1;
  /** Open addressing: a position in `test` plus 1; of equal rows only the first. */
  const slots = new Uint32Array(mask + 1);
  const equalTestRows = new Uint32Array(test.length);

  const hashOf = (row: number): number => {
    let hash = labels[row] ?? 0;
    for (const column of words) {
      hash = Math.imul(hash ^ (column[2 * row] ?? 0), 0x85ebca6b);
      hash = Math.imul(hash ^ (hash >>> 15) ^ (column[2 * row + 1] ?? 0), 0xc2b2ae35);
    }
    return hash ^ (hash >>> 16);
  };
  const areEqual = (a: number, b: number): boolean =>
    labels[a] === labels[b] && features.every((values) => values[a] === values[b]);
  const slotOf = (row: number): number => {
    let slot = hashOf(row) & mask;
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
  let shared = 0;
  for (const row of train) {
    const first = slots[slotOf(row)];
    if (!first) continue;
    shared += equalTestRows[first - 1] ?? 0;
    equalTestRows[first - 1] = 0;
  }
  return shared;
}
