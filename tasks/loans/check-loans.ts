import type { Dataset } from '../dataset/dataset.ts';
import type { DatasetColumn } from '../dataset/dataset-column.ts';
import type { Profile } from '../profile/profile.ts';
import { ColumnCheck, type ColumnStatistics, type Rule } from './column-check.ts';
import { LoanLines } from './loan-lines.ts';

const rules = ['null', 'finite', 'whole', 'range'] as const;

export interface Violation {
  readonly column: DatasetColumn;
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

/** Checks a loans CSV while it streams by, in chunks cut anywhere; in constant memory. */
export class LoansCheck {
  rows = 0;
  readonly #classes = { 0: 0, 1: 0 };
  readonly #columns: readonly ColumnCheck[];
  readonly #lines: LoanLines;

  constructor({ columns }: Dataset) {
    this.#columns = columns.map((column) => new ColumnCheck(column));
    this.#lines = new LoanLines(columns, () => this.rows);
  }

  /** @throws MalformedCsv on what is no line of a cell for each column; cells themselves may hold anything */
  update(chunk: Uint8Array): void {
    for (const lines of this.#lines.of(chunk)) {
      let at = 0;
      while (at < lines.length) at = this.#checkRow(lines, at);
    }
  }

  /** @throws MalformedCsv when the last line was cut off */
  finish(): void {
    this.#lines.finish();
  }

  get statistics(): LoansStatistics {
    const columns = Object.fromEntries(this.#columns.map(({ column, statistics }) => [column.name, statistics]));
    return { rows: this.rows, columns, classes: { ...this.#classes } };
  }

  get profile(): Profile {
    const columns = Object.fromEntries(this.#columns.map(({ column, profile }) => [column.name, profile]));
    return { version: 1, rows: this.rows, classes: { ...this.#classes }, columns };
  }

  get violations(): Violation[] {
    return this.#columns
      .flatMap(({ column, broken }) => rules.map((rule) => ({ column, rule, count: broken[rule] })))
      .filter(({ count }) => count > 0);
  }

  #checkRow(bytes: Buffer, start: number): number {
    let at = start - 1;
    let label = Number.NaN;
    for (const column of this.#columns) {
      at = column.checkCell(bytes, at + 1);
      if (bytes[at] !== column.separator) {
        throw this.#lines.malformed(bytes, start, column.column.name);
      }
      label = column.last;
    }
    if (label === 0 || label === 1) this.#classes[label]++;
    this.rows++;
    return at + 1;
  }
}
