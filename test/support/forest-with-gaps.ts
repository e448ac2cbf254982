import type { ForestParameters } from '../../tasks/forest/grow-forest.ts';
import { MersenneTwister } from '../../tasks/forest/mersenne-twister.ts';
import type { TrainingData } from '../../tasks/forest/training-data.ts';

/** A forest to grow on values some of which are missing, and rows to ask it about. */
export interface ForestWithGaps {
  readonly data: TrainingData;
  readonly parameters: ForestParameters;
  /** As many rows as are trained on: the same values, but for more that are missing. */
  readonly asked: readonly Float64Array[];
}

type Draw = (random: MersenneTwister) => number;

const uniform: Draw = (random) => random.next32() / 2 ** 32;

const kindsOfValues: readonly Draw[] = [
  (random) => random.interval(4),
  (random) => random.interval(1),
  (random) => 300 + random.interval(550),
  (random) => 1000 * uniform(random),
  () => 7,
  // scikit-learn takes values within 1e-7 for one
  (random) => 0.5 + 0.6e-7 * random.interval(40),
  (random) => random.interval(3) + 0.3e-7 * random.interval(9),
  (random) => 1 + 1e-7 * random.interval(1),
  (random) => (random.interval(1) - 0.5) * 10 ** (random.interval(60) - 30),
  (random) => 1e6 * random.interval(3) + (random.interval(20) === 0 ? 0 : 100 * uniform(random)),
];
const sharesMissing = [0, 0, 0.02, 0.2, 0.5, 0.9, 1];

/**
 * Small and large, shallow and deep, with all, some or no features missing now and then, and labels that depend on that;
 * of a random number of features if none is wanted.
 */
export function forestWithGaps(seed: number, { mostRows = 300, features: wanted = 0 } = {}): ForestWithGaps {
  const random = new MersenneTwister(seed);
  const rows = 1 + random.interval(random.interval(2) === 0 ? Math.min(20, mostRows) : mostRows - 1);
  const features = wanted || 1 + random.interval([3, 8, 40][random.interval(2)] ?? 0);
  const columns = Array.from({ length: features }, () => randomColumn(random, rows));
  const [first, second] = [pick(random, columns), pick(random, columns)];
  const noise = uniform(random);
  const labels = Uint8Array.from({ length: rows }, (_, row) => {
    const [a = 0, b = 0] = [first[row], second[row]];
    if (uniform(random) < noise) return random.interval(1);
    return Number.isNaN(a) || (!Number.isNaN(b) && b > 400) ? 1 : 0;
  });
  return {
    data: {
      featureNames: columns.map((_, f) => `f${f}`),
      features: columns,
      missingValues: true,
      labels,
      rows: random.permutation(rows),
    },
    parameters: { nEstimators: 2, maxDepth: [null, null, 3, 10][random.interval(3)] ?? null, randomState: seed },
    asked: columns.map((column) => column.map((value) => (random.interval(4) === 0 ? Number.NaN : value))),
  };
}

function randomColumn(random: MersenneTwister, rows: number): Float64Array {
  const value = pick(random, kindsOfValues);
  const share = pick(random, sharesMissing);
  return Float64Array.from({ length: rows }, () => (uniform(random) < share ? Number.NaN : value(random)));
}

function pick<T>(random: MersenneTwister, choices: readonly T[]): T {
  const choice = choices[random.interval(choices.length - 1)];
  if (choice === undefined) throw new RangeError('expected something to pick from, found nothing');
  return choice;
}
