import { LabelColumn } from './label-column.ts';
import { type ColumnName, featureNames, headerLine } from './loan-columns.ts';
import { MalformedCsv, malformedLine, quoted } from './malformed-csv.ts';
import { NumberColumn } from './number-column.ts';

const newline = 0x0a;
const comma = 0x2c;
const longestLine = 65_536;
const smallestCapacity = 4_096;

/** A loans table by columns. Every array has `rows` entries; features are in the order of `featureNames`. */
export interface Loans {
  readonly rows: number;
  readonly features: readonly Float64Array[];
  /** Per feature, whether every text was a plain whole number: pandas then keeps, and prints, integers. */
  readonly isInteger: readonly boolean[];
  /** 0 or 1 */
  readonly labels: Uint8Array;
}

/**
 * Reads a loans CSV from chunks cut anywhere, with the numbers that `pandas.read_csv` gives. Values are not judged, only read.
 * Throws MalformedCsv on anything but the header and whole, plain lines of numbers.
 */
export async function readLoans(chunks: AsyncIterable<Uint8Array>): Promise<Loans> {
  const table = new LoanTable();
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(newline) + 1;
    if (end > 0) table.appendLines(bytes.subarray(0, end));
    rest = bytes.subarray(end);
    if (rest.length > longestLine) throw new MalformedCsv(table.nextLine, `at most ${longestLine} bytes`, 'more');
  }
  if (rest.length > 0)
    throw new MalformedCsv(table.nextLine, 'a line ending in \\n', 'the end of a file that was cut off');
  return table.finish();
}

class LoanTable {
  #hasHeader = false;
  #rows = 0;
  #capacity = 0;
  readonly #features = featureNames.map((name) => new NumberColumn(name));
  readonly #labels = new LabelColumn();

  get nextLine(): number {
    return this.#hasHeader ? this.#rows + 2 : 1;
  }

  /** `bytes` holds whole lines only, each with its line end. */
  appendLines(bytes: Buffer): void {
    let at = this.#hasHeader ? 0 : this.#readHeader(bytes);
    while (at < bytes.length) {
      if (this.#rows === this.#capacity) this.#resize(Math.max(2 * this.#capacity, smallestCapacity));
      at = this.#readRow(bytes, at);
      this.#rows++;
    }
  }

  finish(): Loans {
    if (!this.#hasHeader) throw new MalformedCsv(1, 'the header', 'an empty file');
    if (this.#rows === 0) throw new MalformedCsv(2, 'at least one row', 'the end of the file');
    this.#resize(this.#rows);
    return {
      rows: this.#rows,
      features: this.#features.map((column) => column.values),
      isInteger: this.#features.map((column) => column.isInteger),
      labels: this.#labels.values,
    };
  }

  #readHeader(bytes: Buffer): number {
    const found = lineAt(bytes, 0);
    if (`${found}\n` !== headerLine)
      throw new MalformedCsv(1, `the header ${quoted(headerLine.trimEnd())}`, quoted(found));
    this.#hasHeader = true;
    return headerLine.length;
  }

  #readRow(bytes: Buffer, start: number): number {
    let at = start;
    for (const column of this.#features) {
      at = column.readCell(this.#rows, bytes, at);
      if (bytes[at] !== comma) throw this.#malformed(bytes, start, column.name);
      at++;
    }
    at = this.#labels.readCell(this.#rows, bytes, at);
    if (bytes[at] !== newline) throw this.#malformed(bytes, start, this.#labels.name);
    return at + 1;
  }

  #malformed(bytes: Buffer, start: number, column: ColumnName): MalformedCsv {
    return malformedLine(this.nextLine, lineAt(bytes, start), column);
  }

  #resize(rows: number): void {
    this.#capacity = rows;
    for (const column of this.#features) column.resize(rows);
    this.#labels.resize(rows);
  }
}

function lineAt(bytes: Buffer, start: number): string {
  return bytes.toString('utf8', start, bytes.indexOf(newline, start));
}
