import { LabelColumn } from './label-column.ts';
import { type ColumnName, featureNames, headerLine } from './loan-columns.ts';
import { MalformedCsv, malformedLine, quoted } from './malformed-csv.ts';
import { NumberColumn } from './number-column.ts';
import { Segments } from './segments.ts';
import { WholeLines } from './whole-lines.ts';

const newline = 0x0a;
const comma = 0x2c;
const longestLine = 65_536;
const firstSegmentRows = 16_384;

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
  const lines = new WholeLines();
  for await (const chunk of chunks) {
    for (const whole of lines.of(chunk)) table.appendLines(whole);
    if (lines.rest.length > longestLine) throw new MalformedCsv(table.nextLine, `at most ${longestLine} bytes`, 'more');
  }
  if (lines.rest.length > 0)
    throw new MalformedCsv(table.nextLine, 'a line ending in \\n', 'the end of a file that was cut off');
  return table.finish();
}

class LoanTable {
  #hasHeader = false;
  #rows = 0;
  #segmentStart = 0;
  #segmentEnd = 0;
  readonly #features = featureNames.map((name) => new NumberColumn(name));
  readonly #featureSegments = this.#features.map(() => new Segments((rows) => new Float64Array(rows)));
  readonly #labels = new LabelColumn();
  readonly #labelSegments = new Segments((rows) => new Uint8Array(rows));

  get nextLine(): number {
    return this.#hasHeader ? this.#rows + 2 : 1;
  }

  /** `bytes` holds whole lines only, each with its line end. */
  appendLines(bytes: Buffer): void {
    let at = this.#hasHeader ? 0 : this.#readHeader(bytes);
    while (at < bytes.length) {
      if (this.#rows === this.#segmentEnd) this.#addSegments();
      at = this.#readRow(this.#rows - this.#segmentStart, bytes, at);
      this.#rows++;
    }
  }

  finish(): Loans {
    if (!this.#hasHeader) throw new MalformedCsv(1, 'the header', 'an empty file');
    if (this.#rows === 0) throw new MalformedCsv(2, 'at least one row', 'the end of the file');
    return {
      rows: this.#rows,
      features: this.#featureSegments.map((segments) => segments.join(this.#rows)),
      isInteger: this.#features.map((column) => column.isInteger),
      labels: this.#labelSegments.join(this.#rows),
    };
  }

  #readHeader(bytes: Buffer): number {
    const found = lineAt(bytes, 0);
    if (`${found}\n` !== headerLine)
      throw new MalformedCsv(1, `the header ${quoted(headerLine.trimEnd())}`, quoted(found));
    this.#hasHeader = true;
    return headerLine.length;
  }

  #readRow(row: number, bytes: Buffer, start: number): number {
    let at = start;
    for (const column of this.#features) {
      at = column.readCell(row, bytes, at);
      if (bytes[at] !== comma) throw this.#malformed(bytes, start, column.name);
      at++;
    }
    at = this.#labels.readCell(row, bytes, at);
    if (bytes[at] !== newline) throw this.#malformed(bytes, start, this.#labels.name);
    return at + 1;
  }

  #malformed(bytes: Buffer, start: number, column: ColumnName): MalformedCsv {
    return malformedLine(this.nextLine, lineAt(bytes, start), column);
  }

  /** Each as long as all before it. What is not used of them stays untouched, and so takes no memory. */
  #addSegments(): void {
    const rows = Math.max(this.#rows, firstSegmentRows);
    for (const [f, segments] of this.#featureSegments.entries()) this.#features[f]?.readInto(segments.add(rows));
    this.#labels.readInto(this.#labelSegments.add(rows));
    this.#segmentStart = this.#rows;
    this.#segmentEnd = this.#rows + rows;
  }
}

function lineAt(bytes: Buffer, start: number): string {
  return bytes.toString('utf8', start, bytes.indexOf(newline, start));
}
