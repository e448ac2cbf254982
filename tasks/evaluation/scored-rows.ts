/** The test rows as the model scored them: three columns of equal length, one loan at each index. */
export interface ScoredRows {
  /** What happened: 1 for a default, 0 for a loan repaid. */
  readonly labels: Uint8Array;
  /** The model's probability of a default, 0 to 1. */
  readonly probabilities: Float64Array;
  /** What the model decided: 1 or 0. */
  readonly predictions: Uint8Array;
}

/** Throws a RangeError unless there is a row, the columns are equally long and every value lies in its range. */
export function checkScoredRows({ labels, probabilities, predictions }: ScoredRows): void {
  if (labels.length === 0)
    throw new RangeError('expected at least one scored row, found none; score the test rows first');
  if (probabilities.length !== labels.length || predictions.length !== labels.length) {
    throw new RangeError(
      `expected a probability and a prediction for each of ${labels.length} labels, ` +
        `found ${probabilities.length} and ${predictions.length}; score the same rows the labels came from`,
    );
  }
  checkColumn('label', labels, '0 or 1');
  checkColumn('probability', probabilities, 'a number from 0 to 1');
  checkColumn('prediction', predictions, '0 or 1');
}

function checkColumn(column: string, values: Uint8Array | Float64Array, expected: string): void {
  // by index: a callback would get each of a million numbers as an object of its own
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row] ?? Number.NaN;
    if (value >= 0 && value <= 1) continue;
    throw new RangeError(
      `expected ${expected} as ${column} of scored row ${row}, found ${value}; check the model that scored it`,
    );
  }
}
