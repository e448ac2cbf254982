import { rocAuc } from '../metrics.ts';
import type { ThresholdSweep } from '../threshold-sweep.ts';

/** A tenth of the rows, the first the one with the highest probabilities. */
export interface Decile {
  readonly decile: number;
  readonly rows: number;
  /** The probability of its last row. */
  readonly lowestProbability: number;
  /** Not always whole: rows of one probability that two deciles share are divided in proportion. */
  readonly defaults: number;
  readonly defaultRate: number;
  /** How often as many defaults as in rows drawn at random; null where no row is a default. */
  readonly lift: number | null;
  /** The share of all defaults in this decile and those above; null where no row is a default. */
  readonly cumulativeGain: number | null;
}

export interface Ranking {
  /** The largest distance between the classes' distributions of probabilities; null when only one class is present. */
  readonly ks: number | null;
  /** Where it is: of rows from this probability on. The highest such. */
  readonly ksProbability: number | null;
  /** Twice the ROC AUC, less 1. */
  readonly gini: number | null;
  /** Empty with fewer than ten rows. */
  readonly deciles: readonly Decile[];
}

export function rankRows(sweep: ThresholdSweep): Ranking {
  const auc = rocAuc(sweep);
  return { ...kolmogorovSmirnov(sweep), gini: auc === null ? null : 2 * auc - 1, deciles: deciles(sweep) };
}

/** The statistic of scipy's `ks_2samp`. */
function kolmogorovSmirnov({ positives, negatives, thresholds, truePositives, falsePositives }: ThresholdSweep) {
  if (positives === 0 || negatives === 0) return { ks: null, ksProbability: null };
  let ks = 0;
  let ksProbability = 0;
  for (let step = 0; step < thresholds.length; step += 1) {
    const distance = Math.abs((truePositives[step] ?? 0) / positives - (falsePositives[step] ?? 0) / negatives);
    if (distance <= ks) continue;
    ks = distance;
    ksProbability = thresholds[step] ?? 0;
  }
  return { ks, ksProbability: ks === 0 ? null : ksProbability };
}

function deciles(sweep: ThresholdSweep): Decile[] {
  const rows = sweep.positives + sweep.negatives;
  if (rows < 10) return [];
  const ends = Array.from({ length: 11 }, (_, decile) => Math.floor((decile * rows) / 10));
  const tops = topRows(sweep, ends);
  return ends.slice(1).map((end, i) => {
    const size = end - (ends[i] ?? 0);
    const { defaults: total = 0, lowestProbability = 0 } = tops[i + 1] ?? {};
    const defaults = total - (tops[i]?.defaults ?? 0);
    const hasDefaults = sweep.positives > 0;
    return {
      decile: i + 1,
      rows: size,
      lowestProbability,
      defaults,
      defaultRate: defaults / size,
      lift: hasDefaults ? defaults / size / (sweep.positives / rows) : null,
      cumulativeGain: hasDefaults ? total / sweep.positives : null,
    };
  });
}

/** The defaults among the so many highest rows, for ascending counts of rows. */
function topRows({ thresholds, truePositives, falsePositives }: ThresholdSweep, counts: readonly number[]) {
  let step = 0;
  const flagged = (at: number) => (truePositives[at] ?? 0) + (falsePositives[at] ?? 0);
  return counts.map((count) => {
    while (step < thresholds.length - 1 && flagged(step) < count) step += 1;
    const before = flagged(step - 1);
    const share = (count - before) / (flagged(step) - before);
    const found = truePositives[step - 1] ?? 0;
    const defaults = found + share * ((truePositives[step] ?? 0) - found);
    return { defaults, lowestProbability: thresholds[step] ?? 0 };
  });
}
