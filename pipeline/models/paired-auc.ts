import { percentile } from '../../tasks/evaluation/percentile.ts';
import { MersenneTwister } from '../../tasks/forest/mersenne-twister.ts';

/** ROC AUC of two models on the same rows. */
export interface PairedAuc {
  readonly champion: number;
  readonly challenger: number;
  /** Between these lies the challenger's lead in 95 of 100 resamples of the rows. */
  readonly low: number;
  readonly high: number;
}

/** The rows from the least probable default to the most probable one. */
interface Ranking {
  readonly order: Uint32Array;
  /** By place in the order: 1 where the next row is more probable. */
  readonly isLastOfTie: Uint8Array;
}

const mostResamples = 1000;
/** 1,000 resamples of 20,000 rows take half a second. */
const mostDraws = 20_000_000;

/**
 * Both areas, and the percentile interval of a paired bootstrap: each resample draws rows, with replacement, for both
 * models. A resample without both classes is left out. The same seed gives the same numbers. NaN where all rows are of one class.
 */
export function pairedAuc(
  labels: Uint8Array,
  champion: Float64Array,
  challenger: Float64Array,
  seed: number,
): PairedAuc {
  const rows = labels.length;
  const [older, newer] = [rank(champion), rank(challenger)];
  const once = new Uint16Array(rows).fill(1);
  const random = new MersenneTwister(seed);
  const leads: number[] = [];
  const resamples = Math.max(100, Math.min(mostResamples, Math.floor(mostDraws / rows)));
  for (let i = 0; i < resamples; i += 1) {
    const weights = random.countDraws(rows);
    const lead = weightedAuc(labels, newer, weights) - weightedAuc(labels, older, weights);
    if (!Number.isNaN(lead)) leads.push(lead);
  }
  leads.sort((a, b) => a - b);
  return {
    champion: weightedAuc(labels, older, once),
    challenger: weightedAuc(labels, newer, once),
    low: percentile(leads, 0.025),
    high: percentile(leads, 0.975),
  };
}

function rank(probabilities: Float64Array): Ranking {
  const at = (row: number | undefined) => probabilities[row ?? 0] ?? 0;
  const order = Uint32Array.from(probabilities.keys()).sort((a, b) => at(a) - at(b));
  const isLastOfTie = Uint8Array.from(order, (row, i) => Number(i + 1 === order.length || at(row) < at(order[i + 1])));
  return { order, isLastOfTie };
}

/** The share of pairs of a default and a repaid loan that are in order, a tie counted as half. Sums of whole numbers are exact. */
function weightedAuc(labels: Uint8Array, { order, isLastOfTie }: Ranking, weights: Uint16Array): number {
  let defaults = 0;
  let repaidBelow = 0;
  let twiceInOrder = 0;
  let tiedDefaults = 0;
  let tiedRepaid = 0;
  for (let i = 0; i < order.length; i += 1) {
    const row = order[i] ?? 0;
    const weight = weights[row] ?? 0;
    if (labels[row] === 1) tiedDefaults += weight;
    else tiedRepaid += weight;
    if (isLastOfTie[i] === 0) continue;
    twiceInOrder += tiedDefaults * (2 * repaidBelow + tiedRepaid);
    defaults += tiedDefaults;
    repaidBelow += tiedRepaid;
    tiedDefaults = 0;
    tiedRepaid = 0;
  }
  return twiceInOrder / (2 * defaults * repaidBelow);
}
