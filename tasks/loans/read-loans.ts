import type { Dataset } from '../dataset/dataset.ts';
import type { DatasetColumn } from '../dataset/dataset-column.ts';
import { LabelColumn } from './label-column.ts';
import { LoanLines } from './loan-lines.ts';
import { MalformedCsv } from './malformed-csv.ts';
import { NumberColumn } from './number-column.ts';
import { Segments } from './segments.ts';

const newline = 0x0a;
const comma = 0x2c;
const firstSegmentRows = 16_384;

/** A loans table by columns. Every array has `rows` entries; features are in the dataset's order. */
export interface Loans {
  readonly columns: readonly DatasetColumn[];
  readonly rows: number;
  /** NaN where a value is missing. */
  readonly features: readonly Float64Array[];
  /** Per feature, whether every text was a plain whole number: pandas then keeps, and prints, integers. */
  readonly isInteger: readonly boolean[];
  /** 0 or 1 */
  readonly labels: Uint8Array;
}

/**
 * Reads a loans CSV from chunks cut anywhere, with the numbers that `pandas.read_csv` gives. Values are read, not checked.
 * Throws MalformedCsv on anything but the header and whole, plain lines of numbers.
 */
export async function readLoans(dataset: Dataset, chunks: AsyncIterable<Uint8Array>): Promise<Loans> {
  const table = new LoanTable(dataset.columns);
  for await (const chunk of chunks) table.append(chunk);
  return table.finish();
}

class LoanTable {
  readonly #columns: readonly DatasetColumn[];
  readonly #lines: LoanLines;
  #rows = 0;
  #segmentStart = 0;
  #segmentEnd = 0;
  readonly #features: readonly NumberColumn[];
  readonly #featureSegments: readonly Segments<Float64Array<ArrayBuffer>>[];
  readonly #labels = new LabelColumn();
  readonly #labelSegments = new Segments((rows) => new Uint8Array(rows));

  constructor(columns: readonly DatasetColumn[]) {
    this.#columns = columns;
    this.#lines = new LoanLines(columns, () => this.#rows);
    this.#features = columns.slice(0, -1).map((column) => new NumberColumn(column));
    this.#featureSegments = this.#features.map(() => new Segments((rows) => new Float64Array(rows)));
  }

  append(chunk: Uint8Array): void {
    for (const lines of this.#lines.of(chunk)) this.#appendLines(lines);
  }

  /** `bytes` holds whole lines only, each with its line end. */
  #appendLines(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#rows === this.#segmentEnd) this.#addSegments();
      at = this.#readRow(this.#rows - this.#segmentStart, bytes, at);
      this.#rows++;
    }
  }

  finish(): Loans {
    this.#lines.finish();
    if (this.#rows === 0) throw new MalformedCsv(2, 'at least one row', 'the end of the file');
    return {
      columns: this.#columns,
      rows: this.#rows,
      features: this.#featureSegments.map((segments) => segments.join(this.#rows)),
      isInteger: this.#features.map((column) => column.isInteger),
      labels: this.#labelSegments.join(this.#rows),
    };
  }

  #readRow(row: number, bytes: Buffer, start: number): number {
    let at = start;
    for (const column of this.#features) {
      at = column.readCell(row, bytes, at);
      if (bytes[at] !== comma) throw this.#lines.malformed(bytes, start, column.name);
      at++;
    }
    at = this.#labels.readCell(row, bytes, at);
    if (bytes[at] !== newline) throw this.#lines.malformed(bytes, start, this.#columns.at(-1)?.name ?? '');
    return at + 1;
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
