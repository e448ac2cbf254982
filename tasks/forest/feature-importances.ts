import { LEAF } from './forest.ts';
import type { GrownForest } from './grow-forest.ts';

/**
 * How much each feature lowers the impurity, as shares of 1: scikit-learn's `feature_importances_` to the last bit.
 * Zeros where no tree splits, NaN where splits lower nothing.
 */
export function featureImportances(forest: GrownForest): Float64Array {
  const mean = new Float64Array(forest.featureNames.length);
  let trees = 0;
  for (let tree = 0; tree + 1 < forest.treeStart.length; tree++) {
    // a tree of a single node says nothing about features
    if (forest.treeStart[tree + 1] - forest.treeStart[tree] === 1) continue;
    const importances = treeImportances(forest, tree);
    for (let f = 0; f < mean.length; f++) mean[f] += importances[f];
    trees++;
  }
  if (trees === 0) return mean;
  for (let f = 0; f < mean.length; f++) mean[f] /= trees;
  const sum = pairwiseSum(mean);
  return mean.map((importance) => importance / sum);
}

/** scikit-learn's `Tree.compute_feature_importances`. */
function treeImportances(forest: GrownForest, tree: number): Float64Array {
  const { featureNames, treeStart, feature, childrenRight, weight0, weight1 } = forest;
  const importances = new Float64Array(featureNames.length);
  const root = treeStart[tree];
  for (let node = root; node < treeStart[tree + 1]; node++) {
    if (feature[node] === LEAF) continue;
    const right = root + childrenRight[node];
    importances[feature[node]] +=
      weightedImpurity(forest, node) - weightedImpurity(forest, node + 1) - weightedImpurity(forest, right);
  }
  const rootWeight = weight0[root] + weight1[root];
  for (let f = 0; f < importances.length; f++) importances[f] /= rootWeight;
  const sum = pairwiseSum(importances);
  return sum > 0 ? importances.map((importance) => importance / sum) : importances;
}

function weightedImpurity({ weight0, weight1, impurity }: GrownForest, node: number): number {
  return (weight0[node] + weight1[node]) * impurity[node];
}

/** numpy's `sum`: of more than 128 values that of both halves, from 8 on in eight sums side by side. */
function pairwiseSum(values: Float64Array): number {
  if (values.length > 128) {
    const half = Math.floor(values.length / 16) * 8;
    return pairwiseSum(values.subarray(0, half)) + pairwiseSum(values.subarray(half));
  }
  const sums = new Float64Array(8);
  const inEights = values.length - (values.length % 8);
  for (let i = 0; i < inEights; i++) sums[i % 8] += values[i];
  const [a, b, c, d, e, f, g, h] = sums;
  let sum = a + b + (c + d) + (e + f + (g + h));
  for (let i = inEights; i < values.length; i++) sum += values[i];
  return sum;
}
