import { ColumnCheck, type ColumnStatistics, type Rule } from './column-check.ts';
import { type ColumnLimits, headerLine, limits } from './loan-columns.ts';
import { MalformedCsv, malformedLine, quoted } from './malformed-csv.ts';
import { WholeLines } from './whole-lines.ts';

const newline = 0x0a;
const longestLine = 65_536;
const rules = ['null', 'finite', 'whole', 'range'] as const;

export interface Violation {
  readonly limits: ColumnLimits;
  readonly rule: Rule;
  /** Rows. */
  readonly count: number;
}

export interface LoansStatistics {
  readonly rows: number;
  readonly columns: Readonly<Record<string, ColumnStatistics>>;
  /** Rows by label. */
  readonly classes: { readonly 0: number; readonly 1: number };
}

/** Judges a loans CSV while it streams by, in chunks cut anywhere; in constant memory. */
export class LoansCheck {
  rows = 0;
  readonly #classes = { 0: 0, 1: 0 };
  readonly #columns = limits.map((limit) => new ColumnCheck(limit));
  #hasHeader = false;
  readonly #lines = new WholeLines();

  /** @throws MalformedCsv on what is no line of six cells; cells themselves may hold anything */
  update(chunk: Uint8Array): void {
    for (const lines of this.#lines.of(chunk)) this.#checkLines(lines);
    if (this.#lines.rest.length > longestLine) {
      throw new MalformedCsv(this.#nextLine, `at most ${longestLine} bytes`, 'more');
    }
  }

  /** @throws MalformedCsv when the last line was cut off */
  finish(): void {
    if (this.#lines.rest.length > 0 || !this.#hasHeader) {
      throw new MalformedCsv(this.#nextLine, 'a line ending in \\n', 'the end of a file that was cut off');
    }
  }

  get statistics(): LoansStatistics {
    const columns = Object.fromEntries(this.#columns.map(({ limits, statistics }) => [limits.name, statistics]));
    return { rows: this.rows, columns, classes: { ...this.#classes } };
  }

  get violations(): Violation[] {
    return this.#columns
      .flatMap(({ limits, broken }) => rules.map((rule) => ({ limits, rule, count: broken[rule] })))
      .filter(({ count }) => count > 0);
  }

  get #nextLine(): number {
    return this.#hasHeader ? this.rows + 2 : 1;
  }

  #checkLines(bytes: Buffer): void {
    let at = this.#hasHeader ? 0 : this.#readHeader(bytes);
    while (at < bytes.length) at = this.#checkRow(bytes, at);
  }

  #readHeader(bytes: Buffer): number {
    const found = lineAt(bytes, 0);
    if (`${found}\n` !== headerLine) {
      throw new MalformedCsv(1, `the header ${quoted(headerLine.trimEnd())}`, quoted(found));
    }
    this.#hasHeader = true;
    return headerLine.length;
  }

  #checkRow(bytes: Buffer, start: number): number {
    let at = start - 1;
    let label = Number.NaN;
    for (const column of this.#columns) {
      at = column.checkCell(bytes, at + 1);
      if (bytes[at] !== column.separator) {
        throw malformedLine(this.#nextLine, lineAt(bytes, start), column.limits.name);
      }
      label = column.last;
    }
    if (label === 0 || label === 1) this.#classes[label]++;
    this.rows++;
    return at + 1;
  }
}

function lineAt(bytes: Buffer, start: number): string {
  return bytes.toString('utf8', start, bytes.indexOf(newline, start));
}
