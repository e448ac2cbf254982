import { RandomForestClassifier } from 'ml-random-forest';
import { type Forest, LEAF, sumLeafWeights } from '../forest/forest.ts';
import { float32Below } from './float32-below.ts';

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

export interface TrainingData {
  readonly featureNames: readonly string[];
  /** One column for each feature, an entry for each loan; taken as float32. */
  readonly features: readonly Float64Array[];
  /** 0 or 1 for each loan. */
  readonly labels: Uint8Array;
  /** The loans to train on, in order. */
  readonly rows: Uint32Array;
}

export interface ForestParameters {
  readonly nEstimators: number;
  /** null: no limit. */
  readonly maxDepth: number | null;
  readonly randomState: number;
}

/**
 * Trains the npm package ml-random-forest, with its options as near as they come to scikit-learn's defaults. The package
 * draws the square root of the number of features for each tree, not for each split, and lets each tree cast one vote:
 * a leaf weighs 1, on the side of its majority (class 0 where even). Blocks the thread until all trees are grown.
 * Throws TooManyRows above 20,000 loans.
 */
export function trainWithMlRandomForest(data: TrainingData, parameters: ForestParameters): Forest {
  refuseTooManyRows(data.labels.length);
  const { nEstimators, maxDepth, randomState } = parameters;
  const classifier = new RandomForestClassifier({
    nEstimators,
    seed: randomState,
    useSampleBagging: true,
    // of features, not of rows
    replacement: false,
    maxFeatures: maxFeatures(data.features.length),
    noOOB: true,
    // a node of at most minNumSamples rows is a leaf, and so is one whose split gains no more than gainThreshold
    treeOptions: { maxDepth: maxDepth ?? Number.POSITIVE_INFINITY, minNumSamples: 1, gainThreshold: 0 },
  });
  classifier.train(
    Array.from(data.rows, (row) => data.features.map((column) => Math.fround(column[row] ?? Number.NaN))),
    Array.from(data.rows, (row) => data.labels[row] ?? 0),
  );
  return flatten(data.featureNames, classifier);
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

/** A node as the package's own package ml-cart keeps it: a leaf has no children, a row goes left when its value is `< splitValue`. */
interface CartNode {
  readonly left?: CartNode;
  readonly right?: CartNode;
  /** Counts among the features drawn for the tree. */
  readonly splitColumn: number;
  readonly splitValue: number;
  readonly distribution: { maxRowIndex(row: number): readonly [row: number, column: number] };
}

interface NodeColumns {
  readonly treeStart: number[];
  readonly feature: number[];
  readonly threshold: number[];
  readonly childrenRight: number[];
  readonly weight0: number[];
  readonly weight1: number[];
}

function flatten(featureNames: readonly string[], { estimators = [], indexes = [] }: RandomForestClassifier): Forest {
  const roots: readonly { readonly root: CartNode }[] = estimators;
  const columns: NodeColumns = {
    treeStart: [0],
    feature: [],
    threshold: [],
    childrenRight: [],
    weight0: [],
    weight1: [],
  };
  for (const [tree, { root }] of roots.entries()) {
    appendNode(columns, root, indexes[tree] ?? []);
    columns.treeStart.push(columns.feature.length);
  }
  const forest = {
    featureNames,
    treeStart: Uint32Array.from(columns.treeStart),
    feature: Int32Array.from(columns.feature),
    threshold: Float64Array.from(columns.threshold),
    childrenRight: Int32Array.from(columns.childrenRight),
    weight0: Uint32Array.from(columns.weight0),
    weight1: Uint32Array.from(columns.weight1),
  };
  sumLeafWeights(forest);
  return forest;
}

/** Appends a node and all below it, left before right. */
function appendNode(columns: NodeColumns, node: CartNode, drawnFeatures: readonly number[]): void {
  const { left, right } = node;
  if (!left || !right) {
    const [, vote] = node.distribution.maxRowIndex(0);
    pushNode(columns, LEAF, -2, 1 - vote, vote);
    return;
  }
  const id = columns.feature.length;
  pushNode(columns, drawnFeatures[node.splitColumn] ?? LEAF, float32Below(node.splitValue), 0, 0);
  appendNode(columns, left, drawnFeatures);
  columns.childrenRight[id] = columns.feature.length - (columns.treeStart.at(-1) ?? 0);
  appendNode(columns, right, drawnFeatures);
}

function pushNode(columns: NodeColumns, feature: number, threshold: number, weight0: number, weight1: number): void {
  columns.feature.push(feature);
  columns.threshold.push(threshold);
  columns.childrenRight.push(-1);
  columns.weight0.push(weight0);
  columns.weight1.push(weight1);
}
