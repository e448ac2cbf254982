import type { Dataset } from '../dataset/dataset.ts';
import type { DatasetColumn } from '../dataset/dataset-column.ts';
import { joinParts } from './join-parts.ts';
import { LabelColumn } from './label-column.ts';
import { LoanLines } from './loan-lines.ts';
import { MalformedCsv } from './malformed-csv.ts';
import { NumberColumn } from './number-column.ts';

const newline = 0x0a;
const comma = 0x2c;
const firstBlockRows = 16_384;

/** A loans table by columns. Every array has `rows` entries; features are in the dataset's order. */
export interface Loans {
  readonly columns: readonly DatasetColumn[];
  readonly rows: number;
  /** NaN where a value is missing. */
  readonly features: readonly Float64Array<ArrayBuffer>[];
  /** Per feature, whether every text was a plain whole number: pandas then keeps, and prints, integers. */
  readonly isInteger: readonly boolean[];
  /** 0 or 1 */
  readonly labels: Uint8Array<ArrayBuffer>;
}

/** Where rows are read into. */
export type Room = Pick<Loans, 'features' | 'labels'>;

/** Some of the rows of a table; `isInteger` is of all rows so far. */
export interface LoanBlock extends Loans {
  /** Whether it ends the table. */
  readonly isLast: boolean;
}

/** A whole table. It is read in blocks, each as long as all before it: to lengthen an array would take up to three times its memory. */
export async function readLoans(dataset: Dataset, chunks: AsyncIterable<Uint8Array>): Promise<Loans> {
  const nextRoom = (rowsSoFar: number) => roomFor(dataset, Math.max(rowsSoFar, firstBlockRows));
  const blocks = await Array.fromAsync(readLoanBlocks(dataset, chunks, nextRoom));
  const rows = blocks.reduce((sum, block) => sum + block.rows, 0);
  const columnOf = (f: number) => blocks.flatMap(({ features }) => features[f] ?? []);
  return {
    columns: dataset.columns,
    rows,
    features: dataset.features.map((_, f) => joinParts(columnOf(f), new Float64Array(rows))),
    isInteger: blocks.at(-1)?.isInteger ?? [],
    labels: joinParts(
      blocks.map(({ labels }) => labels),
      new Uint8Array(rows),
    ),
  };
}

/**
 * Reads a loans CSV from chunks cut anywhere, with the numbers that `pandas.read_csv` gives, in blocks: the room of
 * the next is asked for once the one before is done with. Values are read, not checked.
 * Throws MalformedCsv on anything but the header and whole, plain lines of numbers.
 */
export async function* readLoanBlocks(
  dataset: Dataset,
  chunks: AsyncIterable<Uint8Array>,
  nextRoom: (rowsSoFar: number) => Room,
): AsyncGenerator<LoanBlock> {
  const reader = new LoanReader(dataset.columns, nextRoom);
  for await (const chunk of chunks) yield* reader.append(chunk);
  yield reader.finish();
}

/** What is not used of it stays untouched, and so takes no memory. */
export function roomFor({ features }: Dataset, rows: number): Room {
  return { features: features.map(() => new Float64Array(rows)), labels: new Uint8Array(rows) };
}

class LoanReader {
  readonly #columns: readonly DatasetColumn[];
  readonly #nextRoom: (rowsSoFar: number) => Room;
  readonly #lines: LoanLines;
  readonly #features: readonly NumberColumn[];
  readonly #labels = new LabelColumn();
  #rows = 0;
  #start = 0;
  #end = 0;

  constructor(columns: readonly DatasetColumn[], nextRoom: (rowsSoFar: number) => Room) {
    this.#columns = columns;
    this.#nextRoom = nextRoom;
    this.#lines = new LoanLines(columns, () => this.#rows);
    this.#features = columns.slice(0, -1).map((column) => new NumberColumn(column));
  }

  /** The blocks that are full where another row follows. */
  *append(chunk: Uint8Array): Generator<LoanBlock> {
    for (const lines of this.#lines.of(chunk)) {
      for (let at = 0; at < lines.length; ) {
        if (this.#rows === this.#end) {
          if (this.#rows > 0) yield this.#block(false);
          this.#begin();
        }
        at = this.#readRows(lines, at);
      }
    }
  }

  finish(): LoanBlock {
    this.#lines.finish();
    if (this.#rows === 0) throw new MalformedCsv(2, 'at least one row', 'the end of the file');
    return this.#block(true);
  }

  #begin(): void {
    const { features, labels } = this.#nextRoom(this.#rows);
    for (const [f, values] of features.entries()) this.#features[f]?.readInto(values);
    this.#labels.readInto(labels);
    this.#start = this.#rows;
    this.#end = this.#rows + labels.length;
  }

  #block(isLast: boolean): LoanBlock {
    const rows = this.#rows - this.#start;
    return {
      columns: this.#columns,
      rows,
      features: this.#features.map(({ values }) => values.subarray(0, rows)),
      isInteger: this.#features.map((column) => column.isInteger),
      labels: this.#labels.values.subarray(0, rows),
      isLast,
    };
  }

  /** `bytes` holds whole lines only, each with its line end. Reads from `at` on until they end or the block is full. */
  #readRows(bytes: Buffer, at: number): number {
    while (at < bytes.length && this.#rows < this.#end) {
      at = this.#readRow(this.#rows - this.#start, bytes, at);
      this.#rows++;
    }
    return at;
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
}
