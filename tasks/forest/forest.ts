/** The feature of a leaf. */
export const LEAF = -2;

/**
 * A grown forest for two classes: scikit-learn's tree arrays, all trees one after the other.
 * Each tree numbers its nodes depth first, so its root is node 0 and `children_left` is always the node's own number + 1.
 * A row goes left where its value as float32 is `<= threshold`.
 */
export interface Forest {
  readonly featureNames: readonly string[];
  /** The index at which each tree's nodes begin, and behind the last tree the number of nodes: trees + 1 entries. */
  readonly treeStart: Uint32Array;
  /** The feature a node splits on, or LEAF. */
  readonly feature: Int32Array;
  /** -2 for a leaf; infinite where every value goes left and what is missing right. */
  readonly threshold: Float64Array;
  /** Numbered within the tree; -1 for a leaf. */
  readonly childrenRight: Int32Array;
  /** The weight of class 0 and of class 1 in a node: of a leaf 1 to 2^24 together, of an inner node the sum of its children's. */
  readonly weight0: Uint32Array;
  readonly weight1: Uint32Array;
  /** 1 where a row whose value is missing, NaN, goes left, else 0, as in a leaf; absent where no value may be missing. */
  readonly missingGoToLeft?: Uint8Array;
}

/** In leaves that weigh no more, the smallest share of a class is far above the unit in which a model file counts shares. */
const MAX_LEAF_WEIGHT = 2 ** 24;

/** Makes the weights of each inner node the sum of its children's. */
export function sumLeafWeights({ treeStart, feature, childrenRight, weight0, weight1 }: Forest): void {
  for (let tree = 0; tree + 1 < treeStart.length; tree++) {
    const root = treeStart[tree];
    // children come after their parent
    for (let node = treeStart[tree + 1] - 1; node >= root; node--) {
      if (feature[node] === LEAF) continue;
      const right = root + childrenRight[node];
      weight0[node] = weight0[node + 1] + weight0[right];
      weight1[node] = weight1[node + 1] + weight1[right];
    }
  }
}

/** What makes the forest unfit to be walked or written, if anything does. */
export function findFault(forest: Forest): string | undefined {
  const { treeStart, feature, threshold, childrenRight, weight0, weight1, missingGoToLeft = feature } = forest;
  const lengths = [threshold, childrenRight, weight0, weight1, missingGoToLeft].map(({ length }) => length);
  if (lengths.some((length) => length !== feature.length)) return 'columns of nodes that differ in length';
  if (feature.length === 0) return 'no trees';
  for (let tree = 0; tree + 1 < treeStart.length; tree++) {
    for (let node = treeStart[tree]; node < treeStart[tree + 1]; node++) {
      const fault = feature[node] === LEAF ? findLeafFault(forest, node) : findSplitFault(forest, tree, node);
      if (fault) return `${fault} at node ${node - treeStart[tree]} of tree ${tree}`;
    }
  }
  return undefined;
}

function findLeafFault({ weight0, weight1, missingGoToLeft }: Forest, node: number): string | undefined {
  if (missingGoToLeft?.[node]) return `a leaf from which missing values go to ${missingGoToLeft[node]}`;
  const weight = weight0[node] + weight1[node];
  return weight >= 1 && weight <= MAX_LEAF_WEIGHT ? undefined : `a leaf of weight ${weight}`;
}

function findSplitFault(forest: Forest, tree: number, node: number): string | undefined {
  const { featureNames, treeStart, feature, childrenRight, missingGoToLeft } = forest;
  if (feature[node] < 0 || feature[node] >= featureNames.length) return `feature ${feature[node]}`;
  if (missingGoToLeft && missingGoToLeft[node] > 1) return `missing values that go to ${missingGoToLeft[node]}`;
  const right = treeStart[tree] + childrenRight[node];
  // children lie behind their parent, so that every walk ends
  return right > node + 1 && right < treeStart[tree + 1] ? undefined : `right child ${childrenRight[node]}`;
}
