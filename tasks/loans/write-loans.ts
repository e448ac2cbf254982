import { headerLine } from './loan-lines.ts';
import type { Loans } from './read-loans.ts';
import { longestNumber, writeFloat, writeInteger } from './write-number.ts';

const newline = 0x0a;
const comma = 0x2c;
const zero = 0x30;
const chunkBytes = 600_000;

/**
 * The chosen rows as a CSV, in the order given, byte for byte as `DataFrame.to_csv(index=False)` writes them;
 * in chunks of at most 600 kB that are the caller's to keep.
 */
export function* writeLoans(loans: Loans, rows: Uint32Array): Generator<Uint8Array> {
  yield Buffer.from(headerLine(loans.columns));
  const longestRow = loans.columns.length * (longestNumber + 1);
  const rowsPerChunk = Math.ceil(chunkBytes / longestRow);
  const scratch = Buffer.allocUnsafe(rowsPerChunk * longestRow);
  for (let from = 0; from < rows.length; from += rowsPerChunk) {
    const end = writeRows(scratch, loans, rows.subarray(from, from + rowsPerChunk));
    yield new Uint8Array(scratch.subarray(0, end));
  }
}

function writeRows(bytes: Buffer, loans: Loans, rows: Uint32Array): number {
  const columns = loans.features.map((values, f) => ({
    values: gather(values, rows),
    write: loans.isInteger[f] ? writeInteger : writeFloat,
  }));
  const labels = gather(loans.labels, rows);
  let at = 0;
  for (let i = 0; i < rows.length; i++) {
    for (const { values, write } of columns) {
      at = write(bytes, at, values[i] ?? Number.NaN);
      bytes[at++] = comma;
    }
    bytes[at++] = zero + (labels[i] ?? Number.NaN);
    bytes[at++] = newline;
  }
  return at;
}

// column by column, because the rows lie scattered: fetched one by one while writing, each would wait for memory
function gather(values: Float64Array | Uint8Array, rows: Uint32Array): Float64Array {
  const gathered = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) gathered[i] = values[rows[i] ?? -1] ?? Number.NaN;
  return gathered;
}
