import { Digest } from '../../tasks/artifacts/digest.ts';
import type { Dataset } from '../../tasks/dataset/dataset.ts';
import { headerLine } from '../../tasks/loans/loan-lines.ts';
import { type Loans, readLoans } from '../../tasks/loans/read-loans.ts';
import { WholeLines } from '../../tasks/loans/whole-lines.ts';

const newline = 0x0a;
const zero = 0x30;

/** A loans CSV, by its rows and its hash. */
export interface LoansIdentity {
  readonly rows: number;
  readonly sha256: string;
}

/** The loans of a CSV that begins with another one. */
export interface AppendedLoans {
  /** Of all rows. */
  readonly labels: Uint8Array;
  /** The rows that were added. */
  readonly added: Loans;
}

/**
 * Reads a loans CSV, of which only labels and what was added are held; undefined where it does not begin with the earlier
 * one, byte for byte.
 * @param body more rows than the earlier one's, as fetch_data publishes them
 */
export async function readAppended(
  dataset: Dataset,
  body: AsyncIterable<Uint8Array>,
  earlier: LoansIdentity,
): Promise<AppendedLoans | undefined> {
  const start = new CsvStart(earlier.rows);
  const added = await readLoans(dataset, addedCsv(dataset, body, start));
  if (start.sha256 !== earlier.sha256) return undefined;
  const labels = new Uint8Array(earlier.rows + added.rows);
  labels.set(start.labels);
  labels.set(added.labels, earlier.rows);
  return { labels, added };
}

/** What was added, as a CSV of its own. */
async function* addedCsv(
  dataset: Dataset,
  body: AsyncIterable<Uint8Array>,
  start: CsvStart,
): AsyncGenerator<Uint8Array> {
  yield Buffer.from(headerLine(dataset.columns));
  const lines = new WholeLines();
  for await (const chunk of body) {
    for (const some of lines.of(chunk)) yield start.take(some);
  }
}

/** The header and the first rows of a CSV. */
class CsvStart {
  readonly labels: Uint8Array;
  readonly #digest = new Digest();
  /** Lines taken; the header is the first. */
  #lines = 0;

  constructor(rows: number) {
    this.labels = new Uint8Array(rows);
  }

  get sha256(): string {
    return this.#digest.sha256;
  }

  /** Takes what belongs to the start of whole lines; returns the others. */
  take(lines: Buffer): Buffer {
    let at = 0;
    while (at < lines.length && this.#lines <= this.labels.length) {
      const end = lines.indexOf(newline, at);
      // the label is the last cell
      if (this.#lines > 0) this.labels[this.#lines - 1] = (lines[end - 1] ?? zero) - zero;
      this.#lines += 1;
      at = end + 1;
    }
    this.#digest.update(lines.subarray(0, at));
    return lines.subarray(at);
  }
}
