import { RandomForestClassifier } from 'ml-random-forest';
import type { Forest } from '../forest/forest.ts';
import type { ForestParameters } from '../forest/grow-forest.ts';
import type { TrainingData } from '../forest/training-data.ts';
import { flattenClassifier } from './flatten-classifier.ts';

const MAX_LOANS = 20_000;

/** More loans than ml-random-forest can train on in reasonable time. */
export class TooManyRows extends Error {
  override readonly name = 'TooManyRows';

  constructor(loans: number) {
    super(
      `expected at most ${MAX_LOANS} loans for the engine ml-random-forest, whose time grows with the square of their number, ` +
        `found ${loans}; choose fewer loans or another engine`,
    );
  }
}

/**
 * Trains the npm package ml-random-forest, with its own rules for when to stop splitting. The package
 * draws the square root of the number of features for each tree, not for each split, and lets each tree cast one vote:
 * a leaf weighs 1, on the side of its majority (class 0 where even). Blocks the thread until all trees are grown.
 * Throws TooManyRows above 20,000 loans, and a RangeError where values may be missing, of which the package knows nothing.
 */
export function trainWithMlRandomForest(data: TrainingData, parameters: ForestParameters): Forest {
  refuseTooManyRows(data.labels.length);
  if (data.missingValues)
    throw new RangeError('expected no missing values for the engine ml-random-forest; choose another engine');
  const { nEstimators, maxDepth, randomState } = parameters;
  const classifier = new RandomForestClassifier({
    nEstimators,
    seed: randomState,
    useSampleBagging: true,
    // of features, not of rows
    replacement: false,
    maxFeatures: maxFeatures(data.features.length),
    noOOB: true,
    treeOptions: { maxDepth: maxDepth ?? Number.POSITIVE_INFINITY },
  });
  classifier.train(
    Array.from(data.rows, (row) => data.features.map((column) => Math.fround(column[row] ?? Number.NaN))),
    Array.from(data.rows, (row) => data.labels[row] ?? 0),
  );
  return flattenClassifier(data.featureNames, classifier);
}

export function refuseTooManyRows(loans: number): void {
  if (loans > MAX_LOANS) throw new TooManyRows(loans);
}

/** The square root of the number of features. */
function maxFeatures(features: number): number {
  const drawn = Math.floor(Math.sqrt(features));
  // the package takes 1 for all of them, and less for a share
  return drawn === 1 ? 1 / features : drawn;
}
