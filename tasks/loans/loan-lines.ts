import type { DatasetColumn } from '../dataset/dataset-column.ts';
import { MalformedCsv, malformedLine, quoted } from './malformed-csv.ts';
import { WholeLines } from './whole-lines.ts';

const newline = 0x0a;
const longestLine = 65_536;

/** The frame of a loans CSV in chunks cut anywhere: the header, and whole lines of bounded length. */
export class LoanLines {
  readonly #lines = new WholeLines();
  readonly #columns: readonly DatasetColumn[];
  readonly #rowsSoFar: () => number;
  #hasHeader = false;

  /** @param rowsSoFar how many rows were read, to number lines in errors */
  constructor(columns: readonly DatasetColumn[], rowsSoFar: () => number) {
    this.#columns = columns;
    this.#rowsSoFar = rowsSoFar;
  }

  /** The number of the line to be read next; the header is line 1. */
  get next(): number {
    return this.#hasHeader ? this.#rowsSoFar() + 2 : 1;
  }

  /**
   * The rows that the chunk completes or holds, as runs of whole lines.
   * @throws MalformedCsv on another header, or a line that is too long
   */
  *of(chunk: Uint8Array): Generator<Buffer> {
    for (const lines of this.#lines.of(chunk)) yield this.#hasHeader ? lines : this.#afterHeader(lines);
    if (this.#lines.rest.length > longestLine)
      throw new MalformedCsv(this.next, `at most ${longestLine} bytes`, 'more');
  }

  /** @throws MalformedCsv when the file is empty or its last line was cut off */
  finish(): void {
    const isCut = this.#lines.rest.length > 0;
    if (!this.#hasHeader && !isCut) throw new MalformedCsv(1, 'the header', 'an empty file');
    if (isCut) throw new MalformedCsv(this.next, 'a line ending in \\n', 'the end of a file that was cut off');
  }

  /** Why reading stopped in the line that begins at `start`, at the column of this name. */
  malformed(lines: Buffer, start: number, column: string): MalformedCsv {
    return malformedLine(this.#columns, this.next, lineAt(lines, start), column);
  }

  #afterHeader(lines: Buffer): Buffer {
    const expected = headerLine(this.#columns);
    const found = lineAt(lines, 0);
    if (`${found}\n` !== expected) throw new MalformedCsv(1, `the header ${quoted(expected.trimEnd())}`, quoted(found));
    this.#hasHeader = true;
    return lines.subarray(Buffer.byteLength(expected));
  }
}

export function headerLine(columns: readonly DatasetColumn[]): string {
  return `${columns.map(({ name }) => name).join(',')}\n`;
}

function lineAt(bytes: Buffer, start: number): string {
  return bytes.toString('utf8', start, bytes.indexOf(newline, start));
}
