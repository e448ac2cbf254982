import type { RandomForestClassifier } from 'ml-random-forest';
import { float32Below } from '../forest/float32-below.ts';
import { type Forest, LEAF, sumLeafWeights } from '../forest/forest.ts';

/** A node as the package keeps it: a leaf has no children, and a row goes left where its value is `< splitValue`. */
interface CartNode {
  readonly left?: CartNode;
  readonly right?: CartNode;
  /** Counts among the features drawn for the tree. */
  readonly splitColumn: number;
  readonly splitValue: number;
  readonly distribution: { maxRowIndex(row: number): readonly [row: number, column: number] };
}

interface FlatNode {
  readonly feature: number;
  readonly threshold: number;
  readonly right: number;
  readonly votes: readonly [number, number];
}

/**
 * The trees of a trained classifier of the package ml-random-forest. Each casts one vote, so that a leaf weighs 1, on the
 * side of its majority, class 0 where even. For rows of float32 values the votes are those of the package.
 */
export function flattenClassifier(
  featureNames: readonly string[],
  { estimators = [], indexes = [] }: RandomForestClassifier,
): Forest {
  const roots: readonly { readonly root: CartNode }[] = estimators;
  const trees = roots.map(({ root }, tree) => flattenNode(root, 0, indexes[tree] ?? []));
  const nodes = trees.flat();
  const forest = {
    featureNames,
    treeStart: new Uint32Array(trees.length + 1),
    feature: Int32Array.from(nodes, ({ feature }) => feature),
    threshold: Float64Array.from(nodes, ({ threshold }) => threshold),
    childrenRight: Int32Array.from(nodes, ({ right }) => right),
    weight0: Uint32Array.from(nodes, ({ votes }) => votes[0]),
    weight1: Uint32Array.from(nodes, ({ votes }) => votes[1]),
  };
  for (const [tree, { length }] of trees.entries()) forest.treeStart[tree + 1] = (forest.treeStart[tree] ?? 0) + length;
  sumLeafWeights(forest);
  return forest;
}

/** The node numbered `id` and all below it, depth first. */
function flattenNode(node: CartNode, id: number, drawnFeatures: readonly number[]): FlatNode[] {
  if (!node.left || !node.right) {
    const [, vote] = node.distribution.maxRowIndex(0);
    return [{ feature: LEAF, threshold: -2, right: -1, votes: [1 - vote, vote] }];
  }
  const left = flattenNode(node.left, id + 1, drawnFeatures);
  const right = id + 1 + left.length;
  const feature = drawnFeatures[node.splitColumn] ?? LEAF;
  const split: FlatNode = { feature, threshold: float32Below(node.splitValue), right, votes: [0, 0] };
  return [split, ...left, ...flattenNode(node.right, right, drawnFeatures)];
}
