import type { Forest } from './forest.ts';
import { LARGEST_SEED, type Tree, TreeGrower } from './grow-tree.ts';
import { MersenneTwister } from './mersenne-twister.ts';
import { rankTrainingData, type TrainingData, type TrainingSet } from './training-set.ts';

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
 * tree node for node, each threshold and impurity to the last bit. Throws a RangeError where a value is not finite as
 * float32 or there are more rows than 2^32 over 4 times the largest number of times that one was drawn.
 */
export function growForest(
  data: TrainingData,
  parameters: ForestParameters,
  onTree?: (grown: number) => void,
): GrownForest {
  const trees = growTrees(rankTrainingData(data), parameters, 0, parameters.nEstimators, onTree);
  return joinTrees(data.featureNames, trees);
}

/** Grows the trees from `first` up to `last`, which depend on no others. */
export function growTrees(
  set: TrainingSet,
  { maxDepth, maxFeatures, randomState }: ForestParameters,
  first: number,
  last: number,
  onTree?: (grown: number) => void,
): Tree[] {
  const features = set.values.length;
  const grower = new TreeGrower(set, {
    maxDepth,
    maxFeatures: maxFeatures ?? Math.max(1, Math.floor(Math.sqrt(features))),
  });
  return treeSeeds(randomState, last)
    .slice(first)
    .map((seed, i) => {
      const tree = grower.grow(seed);
      onTree?.(i + 1);
      return tree;
    });
}

function treeSeeds(randomState: number, trees: number): number[] {
  const random = new MersenneTwister(randomState);
  return Array.from({ length: trees }, () => random.randint(0, LARGEST_SEED));
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
  for (const [t, tree] of trees.entries()) {
    const start = treeStart[t];
    forest.feature.set(tree.feature, start);
    forest.threshold.set(tree.threshold, start);
    forest.childrenRight.set(tree.childrenRight, start);
    forest.weight0.set(tree.weight0, start);
    forest.weight1.set(tree.weight1, start);
    forest.nNodeSamples.set(tree.nNodeSamples, start);
    forest.impurity.set(tree.impurity, start);
  }
  return forest;
}
