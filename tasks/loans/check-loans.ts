import { ColumnCheck, type ColumnStatistics, type Rule } from './column-check.ts';
import { type ColumnLimits, limits } from './loan-columns.ts';
import { LoanLines, lineAt } from './loan-lines.ts';
import { malformedLine } from './malformed-csv.ts';

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

/** Checks a loans CSV while it streams by, in chunks cut anywhere; in constant memory. */
export class LoansCheck {
  rows = 0;
  readonly #classes = { 0: 0, 1: 0 };
  readonly #columns = limits.map((limit) => new ColumnCheck(limit));
  readonly #lines = new LoanLines(() => this.rows);

  /** @throws MalformedCsv on what is no line of six cells; cells themselves may hold anything */
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
    const columns = Object.fromEntries(this.#columns.map(({ limits, statistics }) => [limits.name, statistics]));
    return { rows: this.rows, columns, classes: { ...this.#classes } };
  }

  get violations(): Violation[] {
    return this.#columns
      .flatMap(({ limits, broken }) => rules.map((rule) => ({ limits, rule, count: broken[rule] })))
      .filter(({ count }) => count > 0);
  }

  #checkRow(bytes: Buffer, start: number): number {
    let at = start - 1;
    let label = Number.NaN;
    for (const column of this.#columns) {
      at = column.checkCell(bytes, at + 1);
      if (bytes[at] !== column.separator) {
        throw malformedLine(this.#lines.next, lineAt(bytes, start), column.limits.name);
      }
      label = column.last;
    }
    if (label === 0 || label === 1) this.#classes[label]++;
    this.rows++;
    return at + 1;
  }
}
