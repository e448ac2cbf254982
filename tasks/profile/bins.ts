import type { DatasetColumn } from '../dataset/dataset-column.ts';

/** Which values of a column are counted together; bins are numbered from 0, in the order of their values. */
export interface Bins {
  readonly kind: 'value' | 'day' | 'log-linear';
  /** How many there are. */
  readonly size: number;
  /** Adds each value to the count of its bin. A loop for each kind, or it would take three times as long. */
  count(values: Float64Array, counts: Float64Array): void;
  /** Where a bin begins. */
  lowerOf(bin: number): number;
  /** How far it reaches; 0 where it holds one value. */
  widthOf(bin: number): number;
}

const mostValues = 1000;
const secondsPerDay = 86_400;
const firstDay = Date.UTC(1900, 0, 1) / 1000 / secondsPerDay;
const lastDay = Date.UTC(2100, 0, 1) / 1000 / secondsPerDay;

/** The bins follow from the column's declaration alone, so that any two profiles of it can be compared. */
export function binsOf({ type, isWhole, min, max }: DatasetColumn): Bins {
  if (type === 'timestamp') return days;
  return isWhole && max - min < mostValues ? values(min, max) : logLinear;
}

function values(min: number, max: number): Bins {
  return {
    kind: 'value',
    size: max - min + 1,
    count(values, counts) {
      for (let i = 0; i < values.length; i++) increment(counts, (values[i] ?? 0) - min);
    },
    lowerOf: (bin) => min + bin,
    widthOf: () => 0,
  };
}

/** The first and the last hold what lies beyond them too, so that a date such as 9999-12-31 costs nothing. */
const days: Bins = {
  kind: 'day',
  size: lastDay - firstDay + 1,
  count(values, counts) {
    for (let i = 0; i < values.length; i++) {
      const day = Math.floor((values[i] ?? 0) / secondsPerDay);
      increment(counts, Math.min(Math.max(day, firstDay), lastDay) - firstDay);
    }
  },
  lowerOf: (bin) => (firstDay + bin) * secondsPerDay,
  widthOf: () => secondsPerDay,
};

const double = new Float64Array(1);
/** The same bytes, the low word first. */
const words = new Int32Array(double.buffer);
/** Of the high word: all but the exponent and the first 6 bits of the mantissa. */
const droppedBits = 14;
const stepsPerDoubling = 64;
/** The steps of the smallest double up to 2**-64, and from there to the largest float32, which no feature exceeds. */
const skippedSteps = (1023 - 64) * stepsPerDoubling;
const binsFromZero = 1 + (64 + 128) * stepsPerDoubling;

/**
 * 64 bins of equal width from a power of two to the next, so that none is wider than 1/64 of its values; the first holds what lies
 * below 2**-64. Negative values have their mirror image.
 */
const logLinear: Bins = {
  kind: 'log-linear',
  size: 2 * binsFromZero,
  count(values, counts) {
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? 0;
      double[0] = Math.abs(value);
      const fromZero = Math.max(((words[1] ?? 0) >>> droppedBits) - skippedSteps + 1, 0);
      increment(counts, value < 0 ? binsFromZero - 1 - fromZero : binsFromZero + fromZero);
    }
  },
  lowerOf: (bin) => (bin < binsFromZero ? -beginOf(binsFromZero - bin) : beginOf(bin - binsFromZero)),
  widthOf: (bin) => logLinear.lowerOf(bin + 1) - logLinear.lowerOf(bin),
};

function beginOf(fromZero: number): number {
  if (fromZero === 0) return 0;
  words[0] = 0;
  words[1] = (fromZero - 1 + skippedSteps) << droppedBits;
  return double[0] ?? Number.NaN;
}

function increment(counts: Float64Array, bin: number): void {
  counts[bin | 0] = (counts[bin | 0] ?? 0) + 1;
}
