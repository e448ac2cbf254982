import { createHash } from 'node:crypto';
import { LEAF } from '../../tasks/forest/forest.ts';
import type { GrownForest } from '../../tasks/forest/grow-forest.ts';

/** The arrays of scikit-learn's `tree_`, an entry for each node; `value` has two, the weights of both classes. */
export interface TreeColumns {
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  readonly children_left: Int32Array;
  readonly children_right: Int32Array;
  readonly n_node_samples: Int32Array;
  readonly impurity: Float64Array;
  readonly value: Int32Array;
  /** Only where values may be missing. */
  readonly missing_go_to_left?: Uint8Array;
}

/** In the order in which make_golden.py digests them. */
export const treeFields = [
  'feature',
  'threshold',
  'children_left',
  'children_right',
  'n_node_samples',
  'impurity',
  'value',
  'missing_go_to_left',
] as const;

/** One tree at a time, because a forest of unlimited depth is large. */
export function* treesOf(forest: GrownForest, trees = forest.treeStart.length - 1): Generator<TreeColumns> {
  for (let tree = 0; tree < trees; tree++) {
    yield treeColumns(forest, forest.treeStart[tree] ?? 0, forest.treeStart[tree + 1] ?? 0);
  }
}

function treeColumns(forest: GrownForest, start: number, end: number): TreeColumns {
  const feature = forest.feature.subarray(start, end);
  const value = new Int32Array(2 * feature.length);
  for (let id = 0; id < feature.length; id++) {
    value[2 * id] = forest.weight0[start + id] ?? Number.NaN;
    value[2 * id + 1] = forest.weight1[start + id] ?? Number.NaN;
  }
  return {
    feature,
    threshold: forest.threshold.subarray(start, end),
    children_left: feature.map((split, id) => (split === LEAF ? -1 : id + 1)),
    children_right: forest.childrenRight.subarray(start, end),
    n_node_samples: Int32Array.from(forest.nNodeSamples.subarray(start, end)),
    impurity: forest.impurity.subarray(start, end),
    value,
    ...(forest.missingGoToLeft && { missing_go_to_left: forest.missingGoToLeft.subarray(start, end) }),
  };
}

/** `digest` of make_golden.py: sha256 over the arrays there are, little endian on every machine that Node runs on. */
export function digestOfTrees(trees: Iterable<TreeColumns>): string {
  const hash = createHash('sha256');
  for (const tree of trees) {
    for (const field of treeFields) hash.update(tree[field] ?? '');
  }
  return hash.digest('hex');
}
