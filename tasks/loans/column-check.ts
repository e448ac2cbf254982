import type { DatasetColumn } from '../dataset/dataset-column.ts';
import { binsOf } from '../profile/bins.ts';
import { Histogram } from '../profile/histogram.ts';
import { type ColumnProfile, columnProfile } from '../profile/profile.ts';
import { NumberColumn } from './number-column.ts';

const comma = 0x2c;
const newline = 0x0a;

/** What a value can be found to be: `null` missing; `finite`, `whole`, `range` not what its name says. */
export type Rule = 'null' | 'finite' | 'whole' | 'range';

export interface ColumnStatistics {
  readonly nulls: number;
  /** Over every finite number, within its limits or not; null where there is none. */
  readonly min: number | null;
  readonly max: number | null;
  /** From a compensated (Kahan) sum in row order, so that it does not drift with the number of rows. */
  readonly mean: number | null;
}

/** One column, judged and counted cell by cell. */
export class ColumnCheck {
  readonly column: DatasetColumn;
  /** The byte that must follow each of its cells. */
  readonly separator: number;
  /** How many cells break each rule; a cell is counted once, under the first it breaks. */
  readonly broken: Record<Rule, number> = { null: 0, finite: 0, whole: 0, range: 0 };
  /** The number read last; NaN if it was none. */
  last = Number.NaN;
  readonly #number: NumberColumn;
  readonly #histogram: Histogram;
  #nulls = 0;
  #count = 0;
  #sum = 0;
  #lost = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  constructor(column: DatasetColumn) {
    this.column = column;
    // here a missing value is found by what a number is not
    this.#number = new NumberColumn({ name: column.name, isNullable: false });
    this.#histogram = new Histogram(binsOf(column));
    this.separator = column.type === 'label' ? newline : comma;
  }

  /** Judges the cell that begins at `start`; returns where it ends. A line end must follow somewhere. */
  checkCell(bytes: Uint8Array, start: number): number {
    const number = this.#number;
    number.isInteger = true;
    const end = number.readCell(0, bytes, start);
    if (end < 0 || !isCellEnd(bytes[end])) return this.#checkNoNumber(bytes, start);
    const value = number.values[0] ?? Number.NaN;
    this.#add(value);
    const { isWhole, min, max } = this.column;
    if (isWhole && !number.isInteger) this.broken.whole++;
    else if (value < min || value > max) this.broken.range++;
    else this.#histogram.add(value);
    return end;
  }

  get statistics(): ColumnStatistics {
    const nulls = this.#nulls;
    if (this.#count === 0) return { nulls, min: null, max: null, mean: null };
    return { nulls, min: this.#min, max: this.#max, mean: this.#sum / this.#count };
  }

  /** Of the values that break no rule. */
  get profile(): ColumnProfile {
    return columnProfile(this.column, this.statistics, this.#histogram);
  }

  #add(value: number): void {
    this.last = value;
    this.#count++;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    const addend = value - this.#lost;
    const sum = this.#sum + addend;
    this.#lost = sum - this.#sum - addend;
    this.#sum = sum;
  }

  #checkNoNumber(bytes: Uint8Array, start: number): number {
    this.last = Number.NaN;
    let end = start;
    while (!isCellEnd(bytes[end])) end++;
    if (end > start) this.broken.finite++;
    else {
      this.#nulls++;
      if (!this.column.isNullable) this.broken.null++;
    }
    return end;
  }
}

function isCellEnd(byte: number | undefined): boolean {
  return byte === comma || byte === newline;
}
