import { setImmediate } from 'node:timers/promises';
import { MersenneTwister } from '../../forest/mersenne-twister.ts';
import { scoreDecisions } from '../metrics.ts';
import { percentile } from '../percentile.ts';
import type { ScoredRows } from '../scored-rows.ts';
import { type RankedRows, rankedRows } from './ranked-rows.ts';

/** The 2.5th and the 97.5th percentile of a score over the resamples. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

type ResampleScores = ReturnType<typeof scoreResample>;
export type ScoreIntervals = Readonly<Record<keyof ResampleScores, Interval>>;

export interface Bootstrap {
  readonly resamples: number;
  /** All test rows, or the first of them where there are more than 200,000. */
  readonly rows: number;
  /** Resamples in which only one class came up: they have no scores. */
  readonly skipped: number;
  /** null where only one class is present. */
  readonly intervals: ScoreIntervals | null;
}

const MOST_ROWS = 200_000;
const MOST_RESAMPLES = 500;
/** Of all resamples together. */
const MOST_DRAWS = 40_000_000;

/**
 * How far the scores would vary over other test rows as these: each resample draws as many rows as there are, with
 * replacement, as numpy's `RandomState(seed).randint(0, rows, rows)` does, from the rows in the order of `rankedRows`.
 */
export async function bootstrap(scored: ScoredRows, seed: number, signal: AbortSignal): Promise<Bootstrap> {
  const ranked = rankedRows(firstRows(scored, MOST_ROWS));
  const rows = ranked.labels.length;
  const resamples = Math.min(MOST_RESAMPLES, Math.floor(MOST_DRAWS / rows));
  const random = new MersenneTwister(seed);
  const scores: ResampleScores[] = [];
  for (let resample = 0; resample < resamples; resample += 1) {
    const drawn = random.countDraws(rows);
    if (hasBothClasses(ranked, drawn)) scores.push(scoreResample(ranked, drawn));
    // a stop takes effect only between two turns
    await setImmediate(undefined, { signal });
  }
  return {
    resamples,
    rows,
    skipped: resamples - scores.length,
    intervals: scores.length === 0 ? null : intervalsOf(scores),
  };
}

function firstRows({ labels, probabilities, predictions }: ScoredRows, most: number): ScoredRows {
  return {
    labels: labels.subarray(0, most),
    probabilities: probabilities.subarray(0, most),
    predictions: predictions.subarray(0, most),
  };
}

function hasBothClasses({ labels }: RankedRows, drawn: Uint16Array): boolean {
  return [0, 1].every((label) => labels.some((found, row) => found === label && (drawn[row] ?? 0) > 0));
}

/** The scores of rows that each count as often as they were drawn. */
function scoreResample({ labels, predictions, surprises, squaredErrors, endsTie }: RankedRows, drawn: Uint16Array) {
  const rows = labels.length;
  const counts = new Uint32Array(4);
  let surprise = 0;
  let squaredError = 0;
  for (let row = 0; row < rows; row += 1) {
    const times = drawn[row] ?? 0;
    const cell = 2 * (labels[row] ?? 0) + (predictions[row] ?? 0);
    counts[cell] = (counts[cell] ?? 0) + times;
    surprise += times * (surprises[row] ?? 0);
    squaredError += times * (squaredErrors[row] ?? 0);
  }
  const [tn = 0, fp = 0, fn = 0, tp = 0] = counts;
  return {
    ...scoreDecisions({ tp, fp, fn, tn }),
    ...scoreRanks(labels, endsTie, drawn, tp + fn),
    logLoss: surprise / rows,
    brierScore: squaredError / rows,
  };
}

function scoreRanks(labels: Uint8Array, endsTie: Uint8Array, drawn: Uint16Array, positives: number) {
  const negatives = labels.length - positives;
  let [tp, fp, tpBefore, fpBefore, twiceTheArea, distance] = [0, 0, 0, 0, 0, 0];
  for (let row = 0; row < labels.length; row += 1) {
    // by multiplication: which class comes next cannot be foreseen, and so a branch would cost more
    const times = drawn[row] ?? 0;
    const positive = times * (labels[row] ?? 0);
    tp += positive;
    fp += times - positive;
    if (endsTie[row] === 0) continue;
    twiceTheArea += (fp - fpBefore) * (tp + tpBefore);
    distance = Math.max(distance, Math.abs(tp * negatives - fp * positives));
    tpBefore = tp;
    fpBefore = fp;
  }
  return { rocAuc: twiceTheArea / (2 * positives * negatives), ks: distance / (positives * negatives) };
}

function intervalsOf(scores: readonly ResampleScores[]): ScoreIntervals {
  const of = (pick: (score: ResampleScores) => number) => percentiles(scores.map(pick));
  return {
    accuracy: of(({ accuracy }) => accuracy),
    precision: of(({ precision }) => precision),
    recall: of(({ recall }) => recall),
    f1: of(({ f1 }) => f1),
    rocAuc: of(({ rocAuc }) => rocAuc),
    ks: of(({ ks }) => ks),
    logLoss: of(({ logLoss }) => logLoss),
    brierScore: of(({ brierScore }) => brierScore),
  };
}

function percentiles(values: readonly number[]): Interval {
  const sorted = Float64Array.from(values).sort();
  return { low: percentile(sorted, 0.025), high: percentile(sorted, 0.975) };
}
