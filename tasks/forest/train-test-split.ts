import { MersenneTwister } from './mersenne-twister.ts';

/** The labels leave no way to put rows of every class on both sides. */
export class CannotSplit extends Error {
  override readonly name = 'CannotSplit';
}

/**
 * Splits rows into a train and a test part with the same share of each class, as scikit-learn's
 * `train_test_split(..., test_size, random_state, stratify=labels)` does: the same row numbers in the same order.
 * Throws CannotSplit when a class has fewer than 2 rows or a part has fewer rows than there are classes.
 */
export function stratifiedSplit(
  labels: Uint8Array,
  testSize: number,
  randomState: number,
): { train: Uint32Array; test: Uint32Array } {
  const classes = rowsByClass(labels);
  const testRows = Math.ceil(testSize * labels.length);
  const trainRows = labels.length - testRows;
  requireEnoughRows(classes, trainRows, testRows);

  const random = new MersenneTwister(randomState);
  const counts = classes.map(({ rows }) => rows.length);
  const trainQuotas = approximateMode(counts, trainRows, random);
  const testQuotas = approximateMode(
    counts.map((count, c) => count - trainQuotas[c]),
    testRows,
    random,
  );

  const train = new Uint32Array(trainRows);
  const test = new Uint32Array(testRows);
  let trainEnd = 0;
  let testEnd = 0;
  for (const [c, { rows }] of classes.entries()) {
    const split = trainQuotas[c];
    random.shuffle(rows);
    train.set(rows.subarray(0, split), trainEnd);
    test.set(rows.subarray(split, split + testQuotas[c]), testEnd);
    trainEnd += split;
    testEnd += testQuotas[c];
  }
  random.shuffle(train);
  random.shuffle(test);
  return { train, test };
}

/** The same without regard to classes: `train_test_split(..., test_size, random_state)`. */
export function shuffledSplit(
  { length }: Uint8Array,
  testSize: number,
  randomState: number,
): { train: Uint32Array; test: Uint32Array } {
  const testRows = Math.ceil(testSize * length);
  if (testRows === 0 || testRows >= length)
    throw new CannotSplit(`expected a row to train on and one to test on, found ${length}`);
  const order = new MersenneTwister(randomState).permutation(length);
  return { train: order.slice(testRows), test: order.slice(0, testRows) };
}

interface ClassRows {
  readonly label: number;
  readonly rows: Uint32Array;
}

/** The row numbers of each class that occurs, ascending by label, each in file order. */
function rowsByClass(labels: Uint8Array): ClassRows[] {
  const counts = new Uint32Array(256);
  for (let row = 0; row < labels.length; row++) counts[labels[row]]++;
  const rows = Array.from(counts, (count) => new Uint32Array(count));
  counts.fill(0);
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row];
    rows[label][counts[label]++] = row;
  }
  return rows.map((rows, label) => ({ label, rows })).filter(({ rows }) => rows.length > 0);
}

function requireEnoughRows(classes: readonly ClassRows[], trainRows: number, testRows: number): void {
  const lonely = classes.find(({ rows }) => rows.length < 2);
  if (lonely) throw new CannotSplit(`expected at least 2 rows of every class, found 1 of class ${lonely.label}`);
  const needed = Math.max(classes.length, 1);
  if (trainRows >= needed && testRows >= needed) return;
  throw new CannotSplit(
    `expected at least ${needed} rows to train on and ${needed} to test on (one of each class), found ${trainRows} and ${testRows}`,
  );
}

/** How many of `draws` fall to each class, in proportion; what rounding leaves over goes to the largest remainders, ties at random. */
function approximateMode(counts: readonly number[], draws: number, random: MersenneTwister): number[] {
  const total = counts.reduce((sum, count) => sum + count);
  const shares = counts.map((count) => (count / total) * draws);
  const quotas = shares.map(Math.floor);
  const remainders = shares.map((share, c) => share - quotas[c]);
  let missing = draws - quotas.reduce((sum, quota) => sum + quota);
  for (const remainder of [...new Set(remainders)].sort((a, b) => b - a)) {
    if (missing === 0) break;
    const tied = remainders.flatMap((other, c) => (other === remainder ? [c] : []));
    const picked = random.permutation(tied.length).subarray(0, missing);
    for (const i of picked) quotas[tied[i]]++;
    missing -= picked.length;
  }
  return quotas;
}
