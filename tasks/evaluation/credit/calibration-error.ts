import type { CalibrationBin } from '../curves.ts';

/** The quantile of the normal distribution that leaves 2.5 % above it. */
const Z = 1.959963984540054;

export interface CalibratedBin extends CalibrationBin {
  /** Wilson's interval for the default rate, 95 %. */
  readonly low: number;
  readonly high: number;
  /** Whether the mean probability lies in it. */
  readonly agrees: boolean;
  readonly remark: string;
}

export interface CalibrationError {
  /** The mean distance between predicted and observed default rate, bins weighted by their rows (ECE). */
  readonly expectedError: number;
  readonly largestError: number;
  readonly bins: readonly CalibratedBin[];
}

export function calibrationError(bins: readonly CalibrationBin[]): CalibrationError {
  const rows = bins.reduce((sum, bin) => sum + bin.rows, 0);
  const errors = bins.map(({ defaultRate, meanProbability }) => Math.abs(defaultRate - meanProbability));
  return {
    expectedError: bins.reduce((sum, bin, i) => sum + (bin.rows / rows) * (errors[i] ?? 0), 0),
    largestError: Math.max(...errors),
    bins: bins.map(withInterval),
  };
}

function withInterval(bin: CalibrationBin): CalibratedBin {
  const { low, high } = wilson(bin.defaultRate, bin.rows);
  const agrees = low <= bin.meanProbability && bin.meanProbability <= high;
  return { ...bin, low, high, agrees, remark: remarkOn(bin) };
}

/** As scipy's `binomtest(…).proportion_ci(method='wilson')`. */
function wilson(rate: number, rows: number): { low: number; high: number } {
  const center = (rate + Z ** 2 / (2 * rows)) / (1 + Z ** 2 / rows);
  const half = (Z / (1 + Z ** 2 / rows)) * Math.sqrt((rate * (1 - rate)) / rows + Z ** 2 / (4 * rows ** 2));
  // what is 0 or 1 exactly comes out beside it by a rounding
  return { low: rate === 0 ? 0 : center - half, high: rate === 1 ? 1 : center + half };
}

function remarkOn({ defaultRate }: CalibrationBin): string {
  if (defaultRate === 0) return 'no default';
  return defaultRate === 1 ? 'defaults only' : '';
}
