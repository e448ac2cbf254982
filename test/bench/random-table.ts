import { readFileSync, writeFileSync } from 'node:fs';
import { MersenneTwister } from '../../tasks/forest/mersenne-twister.ts';
import type { TrainingData } from '../../tasks/forest/training-data.ts';

/** A feature's values, of five kinds in turn, as loans have them: amounts in cents, scores, years, terms, flags. */
const kinds: readonly ((random: MersenneTwister) => number)[] = [
  (random) => random.interval(6_000_000) / 100,
  (random) => 300 + random.interval(550),
  (random) => 18 + random.interval(62),
  (random) => 12 * random.interval(5),
  (random) => random.interval(1),
];

/** Writes columns of float64, one after the other, then a byte for each row: its label, which hangs on a third of the features. */
export function writeRandomTable(path: string, rows: number, features: number): void {
  const random = new MersenneTwister(rows + features);
  const columns = Array.from({ length: features }, (_, f) =>
    Float64Array.from({ length: rows }, () => kinds[f % kinds.length]?.(random) ?? 0),
  );
  const scores = new Float64Array(rows);
  for (let f = 0; f < features; f += 3) {
    const column = columns[f] ?? scores;
    const most = column.reduce((highest, value) => Math.max(highest, value), 1);
    for (let row = 0; row < rows; row++) scores[row] = (scores[row] ?? 0) + (column[row] ?? 0) / most;
  }
  const noisy = scores.map((score) => score + (Math.sqrt(features) * random.interval(1000)) / 2000);
  const middle = noisy.toSorted()[Math.floor(0.6 * rows)] ?? 0;
  const labels = Uint8Array.from(noisy, (score) => (score > middle ? 1 : 0));
  writeFileSync(path, Buffer.concat([...columns, labels].map(({ buffer }) => Buffer.from(buffer))));
}

/** The table; its first 80 % are to train on. */
export function readRandomTable(path: string, features: number): TrainingData {
  const { buffer, byteLength } = new Uint8Array(readFileSync(path));
  const rows = byteLength / (8 * features + 1);
  return {
    featureNames: Array.from({ length: features }, (_, f) => `feature_${f}`),
    features: Array.from({ length: features }, (_, f) => new Float64Array(buffer, 8 * rows * f, rows)),
    labels: new Uint8Array(buffer, 8 * rows * features, rows),
    rows: Uint32Array.from({ length: Math.floor(0.8 * rows) }, (_, row) => row),
  };
}
