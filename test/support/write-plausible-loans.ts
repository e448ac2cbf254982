import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { plausibleLoans } from '../../pipeline/demo/plausible-loans.ts';
import { columnNames, headerLine } from './article-columns.ts';

const money: readonly string[] = ['loan_amount', 'income'];
const rowsPerChunk = 4_096;

/** A loans CSV as fetch_data writes it, amounts with two decimals. */
export async function writePlausibleLoans(path: string, rows: number, seed = 42): Promise<void> {
  await pipeline(Readable.from(chunks(rows, seed)), createWriteStream(path));
}

function* chunks(rows: number, seed: number): Generator<string> {
  let chunk = headerLine;
  for (const loan of plausibleLoans(rows, seed)) {
    chunk += `${columnNames.map((name) => (money.includes(name) ? loan[name].toFixed(2) : loan[name])).join(',')}\n`;
    if (loan.id % rowsPerChunk > 0) continue;
    yield chunk;
    chunk = '';
  }
  yield chunk;
}
