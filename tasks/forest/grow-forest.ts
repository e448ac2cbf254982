import type { Forest } from './forest.ts';
import { MersenneTwister } from './mersenne-twister.ts';
import type { TrainingData } from './training-data.ts';
import { fillTrainingMemory, type TreeParameters } from './training-memory.ts';
import { type Tree, TreeGrower } from './tree-grower.ts';

const LARGEST_SEED = 2 ** 31 - 1;

export interface ForestParameters {
  readonly nEstimators: number;
  /** null: no limit. */
  readonly maxDepth: number | null;
  /** How many features are drawn for a split; by default the square root of their number. */
  readonly maxFeatures?: number;
  readonly randomState: number;
}

export interface GrownForest extends Forest {
  /** How many distinct rows reached a node. */
  readonly nNodeSamples: Uint32Array;
  /** Gini impurity. */
  readonly impurity: Float64Array;
}

/**
 * Grows the forest that scikit-learn's `RandomForestClassifier(n_estimators, max_depth=..., random_state=...)` fits: each
 * tree node for node, each threshold and impurity to the last bit; with missing values, that of scikit-learn 1.9. Blocks the thread until the last tree is grown.
 * Throws a RangeError where there are no rows, a value is not finite as float32 (nor missing, if it may be), or the table cannot be addressed.
 */
export function growForest(data: TrainingData, parameters: ForestParameters): GrownForest {
  const grower = new TreeGrower(fillTrainingMemory(data, treeParameters(parameters, data.features.length), 1), 0);
  for (const feature of data.features.keys()) grower.rank(feature);
  grower.pack();
  const trees = treeSeeds(parameters).map((seed) => grower.grow(seed));
  return joinTrees(data.featureNames, trees);
}

export function treeParameters({ maxDepth, maxFeatures }: ForestParameters, features: number): TreeParameters {
  return { maxDepth, maxFeatures: maxFeatures ?? Math.max(1, Math.floor(Math.sqrt(features))) };
}

/** What each tree grows from; trees depend on nothing else of one another. */
export function treeSeeds({ nEstimators, randomState }: ForestParameters): number[] {
  const random = new MersenneTwister(randomState);
  return Array.from({ length: nEstimators }, () => random.randint(0, LARGEST_SEED));
}

/** The forest of trees in order. */
export function joinTrees(featureNames: readonly string[], trees: readonly Tree[]): GrownForest {
  const treeStart = new Uint32Array(trees.length + 1);
  for (const [t, { feature }] of trees.entries()) treeStart[t + 1] = treeStart[t] + feature.length;
  const nodes = treeStart[trees.length];
  const forest = {
    featureNames,
    treeStart,
    feature: new Int32Array(nodes),
    threshold: new Float64Array(nodes),
    childrenRight: new Int32Array(nodes),
    weight0: new Uint32Array(nodes),
    weight1: new Uint32Array(nodes),
    nNodeSamples: new Uint32Array(nodes),
    impurity: new Float64Array(nodes),
  };
  const missingGoToLeft = trees[0]?.missingGoToLeft && new Uint8Array(nodes);
  for (const [t, tree] of trees.entries()) {
    const start = treeStart[t];
    forest.feature.set(tree.feature, start);
    forest.threshold.set(tree.threshold, start);
    forest.childrenRight.set(tree.childrenRight, start);
    forest.weight0.set(tree.weight0, start);
    forest.weight1.set(tree.weight1, start);
    forest.nNodeSamples.set(tree.nNodeSamples, start);
    forest.impurity.set(tree.impurity, start);
    missingGoToLeft?.set(tree.missingGoToLeft ?? [], start);
  }
  return missingGoToLeft ? { ...forest, missingGoToLeft } : forest;
}
