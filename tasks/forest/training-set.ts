export interface TrainingData {
  readonly featureNames: readonly string[];
  /** One column for each feature, an entry for each loan; taken as float32. */
  readonly features: readonly Float64Array[];
  /** 0 or 1 for each loan. */
  readonly labels: Uint8Array;
  /** The loans to train on, in order. */
  readonly rows: Uint32Array;
}

/** Training data as the splitter reads it: each value by its rank among the distinct values of its feature. */
export interface TrainingSet {
  readonly featureNames: readonly string[];
  readonly rows: number;
  readonly labels: Uint8Array;
  /** Feature after feature, `rows` entries each. */
  readonly ranks: Uint32Array;
  /** Per feature, its distinct float32 values ascending: `values[feature][rank]`. */
  readonly values: readonly Float32Array[];
  /** Per feature, whether two values lie so near that scikit-learn does not tell them apart. */
  readonly hasNearValues: readonly boolean[];
}

/** Throws a RangeError where there are no rows or a value is not finite as float32. */
export function rankTrainingData({ featureNames, features, labels, rows }: TrainingData): TrainingSet {
  if (rows.length === 0) throw new RangeError('expected at least one row to train on, found none');
  const ranks = new Uint32Array(features.length * rows.length);
  const values = features.map((column, f) =>
    rankColumn(column, rows, featureNames[f], ranks.subarray(f * rows.length, (f + 1) * rows.length)),
  );
  return {
    featureNames,
    rows: rows.length,
    labels: Uint8Array.from(rows, (row) => labels[row]),
    ranks,
    values,
    hasNearValues: values.map((distinct) => distinct.some((value, i) => i > 0 && isNear(distinct[i - 1], value))),
  };
}

/** Whether scikit-learn takes two values, `low <= high`, for one. */
export function isNear(low: number, high: number): boolean {
  return high <= Math.fround(low + NEAR);
}

const NEAR = Math.fround(1e-7);

/** Returns the distinct values. */
function rankColumn(column: Float64Array, rows: Uint32Array, name: string, ranks: Uint32Array): Float32Array {
  const sorted = new Float32Array(rows.length);
  // + 0 makes 0 of -0
  for (let i = 0; i < rows.length; i++) sorted[i] = column[rows[i]] + 0;
  const infinite = sorted.findIndex((value) => !Number.isFinite(value));
  if (infinite >= 0) {
    throw new RangeError(
      `expected numbers that are finite as float32 in column ${name}, found ${column[rows[infinite]]}; correct the data`,
    );
  }
  sorted.sort();
  let distinct = 0;
  for (let i = 0; i < sorted.length; i++) {
    if (i === 0 || sorted[i] !== sorted[distinct - 1]) sorted[distinct++] = sorted[i];
  }
  const values = sorted.slice(0, distinct);
  for (let i = 0; i < rows.length; i++) ranks[i] = rankOf(values, Math.fround(column[rows[i]]));
  return values;
}

function rankOf(values: Float32Array, value: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
