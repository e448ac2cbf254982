import { FeatureDraw } from './feature-draw.ts';
import { LEAF } from './forest.ts';
import { MersenneTwister } from './mersenne-twister.ts';
import { partition, type Sides } from './partition.ts';
import { type Entries, gini, SplitSearch, TINY_NODE } from './split-search.ts';
import type { TrainingSet } from './training-set.ts';

const EPSILON = 2 ** -52;
export const LARGEST_SEED = 2 ** 31 - 1;

/** A tree's nodes, depth first, as `GrownForest` describes them. */
export interface Tree {
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  readonly childrenRight: Int32Array;
  readonly weight0: Uint32Array;
  readonly weight1: Uint32Array;
  readonly nNodeSamples: Uint32Array;
  readonly impurity: Float64Array;
}

export interface TreeParameters {
  /** null: no limit. */
  readonly maxDepth: number | null;
  readonly maxFeatures: number;
}

/** A node yet to be numbered: the entries from `start` to `end`. */
interface PendingNode {
  readonly start: number;
  readonly end: number;
  readonly depth: number;
  /** The node whose right child this is, or -1. */
  readonly rightOf: number;
  readonly impurity: number;
  readonly weight0: number;
  readonly weight1: number;
  /** How many features are known to be constant. */
  readonly known: number;
  /** Per feature the lowest rank there may be, then per feature the highest. */
  readonly ranges: Uint32Array;
}

/** Grows trees on one training set, one after the other, in buffers of its own. */
export class TreeGrower {
  readonly #set: TrainingSet;
  readonly #maxDepth: number;
  readonly #maxFeatures: number;
  readonly #entries: Uint32Array;
  readonly #scratch: Uint32Array;
  readonly #search: SplitSearch;
  readonly #columns: readonly Uint32Array[];
  readonly #sides: Sides = { middle: 0, highestLeft: 0, lowestRight: 0 };

  constructor(set: TrainingSet, { maxDepth, maxFeatures }: TreeParameters) {
    this.#set = set;
    this.#maxDepth = maxDepth ?? Number.POSITIVE_INFINITY;
    this.#maxFeatures = maxFeatures;
    this.#entries = new Uint32Array(set.rows);
    this.#scratch = new Uint32Array(set.rows);
    this.#search = new SplitSearch(set);
    this.#columns = set.values.map((_, f) => set.ranks.subarray(f * set.rows, (f + 1) * set.rows));
  }

  grow(seed: number): Tree {
    const { shift, root } = this.#drawRows(seed);
    const drawn = { entries: this.#entries, shift };
    const features = new FeatureDraw(
      this.#columns.length,
      this.#maxFeatures,
      new MersenneTwister(seed).randint(0, LARGEST_SEED),
    );
    const tree = new TreeNodes(2 * Math.min(root.end, 2 ** Math.min(this.#maxDepth, 30)));
    const stack = [root];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      const id = tree.add(node);
      if (!this.#findSplit(drawn, node, features)) continue;
      const known = features.end();
      if (this.#isWorthwhile(node)) this.#split(drawn, node, id, known, tree, stack);
    }
    return tree.finish();
  }

  /** The bootstrap sample and the node of all its rows. */
  #drawRows(seed: number): { shift: number; root: PendingNode } {
    const { rows, labels, values } = this.#set;
    const counts = new MersenneTwister(seed).countDraws(rows);
    const shift = 33 - Math.clz32(largest(counts, rows));
    if (rows * 2 ** shift > 2 ** 32) throw new RangeError(`expected at most ${2 ** (32 - shift)} rows, found ${rows}`);
    const entries = this.#entries;
    const weights = [0, 0];
    let end = 0;
    for (let row = 0; row < rows; row++) {
      const weight = counts[row];
      entries[end] = (row << shift) | (weight << 1) | labels[row];
      end += weight > 0 ? 1 : 0;
      weights[labels[row]] += weight;
    }
    const ranges = Uint32Array.from([...values.map(() => 0), ...values.map(({ length }) => length - 1)]);
    const [weight0, weight1] = weights;
    const impurity = gini(weight0, weight1);
    return { shift, root: { start: 0, end, depth: 0, rightOf: -1, impurity, weight0, weight1, known: 0, ranges } };
  }

  /** Whether the node was searched at all; what was found is in the search. */
  #findSplit(drawn: Entries, node: PendingNode, features: FeatureDraw): boolean {
    const { start, end, depth, impurity, weight0, weight1, known, ranges } = node;
    if (depth >= this.#maxDepth || end - start < 2 || impurity <= EPSILON) return false;
    const search = this.#search;
    const count = this.#columns.length;
    search.begin(drawn, start, end, weight0, weight1);
    features.begin(known);
    for (let feature = features.next(); feature >= 0; feature = features.next()) {
      if (search.visit(feature, ranges[feature], ranges[count + feature])) features.split();
      else features.constant();
    }
    return true;
  }

  /** Whether a split was found whose improvement scikit-learn takes for one. */
  #isWorthwhile({ impurity, weight0, weight1 }: PendingNode): boolean {
    const { feature, left0, left1 } = this.#search;
    if (feature < 0) return false;
    const weight = weight0 + weight1;
    const left = left0 + left1;
    const right = weight - left;
    const giniRight = gini(weight0 - left0, weight1 - left1);
    const improvement = impurity - (right / weight) * giniRight - (left / weight) * gini(left0, left1);
    return (weight / this.#set.rows) * improvement + EPSILON >= 0;
  }

  #split(drawn: Entries, node: PendingNode, id: number, known: number, tree: TreeNodes, stack: PendingNode[]): void {
    const { start, end, ranges } = node;
    const { feature, cut, left0, left1 } = this.#search;
    const sides = this.#sides;
    partition(drawn, start, end, this.#columns[feature], cut, this.#scratch, sides);
    const { middle, highestLeft, lowestRight } = sides;
    const values = this.#set.values[feature];
    tree.split(id, feature, values[highestLeft] / 2 + values[lowestRight] / 2);

    const right0 = node.weight0 - left0;
    const right1 = node.weight1 - left1;
    const depth = node.depth + 1;
    stack.push({
      start: middle,
      end,
      depth,
      rightOf: id,
      impurity: gini(right0, right1),
      weight0: right0,
      weight1: right1,
      known,
      ranges: end - middle > TINY_NODE ? narrowed(ranges, feature, lowestRight) : ranges,
    });
    stack.push({
      start,
      end: middle,
      depth,
      rightOf: -1,
      impurity: gini(left0, left1),
      weight0: left0,
      weight1: left1,
      known,
      ranges: middle - start > TINY_NODE ? narrowed(ranges, this.#columns.length + feature, highestLeft) : ranges,
    });
  }
}

function largest(counts: Uint16Array, length: number): number {
  let most = 0;
  for (let i = 0; i < length; i++) most = Math.max(most, counts[i]);
  return most;
}

function narrowed(ranges: Uint32Array, side: number, rank: number): Uint32Array {
  const copy = ranges.slice();
  copy[side] = rank;
  return copy;
}

class TreeNodes {
  #length = 0;
  readonly #feature: Int32Array;
  readonly #threshold: Float64Array;
  readonly #childrenRight: Int32Array;
  readonly #weight0: Uint32Array;
  readonly #weight1: Uint32Array;
  readonly #nNodeSamples: Uint32Array;
  readonly #impurity: Float64Array;

  constructor(capacity: number) {
    this.#feature = new Int32Array(capacity);
    this.#threshold = new Float64Array(capacity);
    this.#childrenRight = new Int32Array(capacity);
    this.#weight0 = new Uint32Array(capacity);
    this.#weight1 = new Uint32Array(capacity);
    this.#nNodeSamples = new Uint32Array(capacity);
    this.#impurity = new Float64Array(capacity);
  }

  /** Numbers a node, a leaf until it is split. */
  add({ start, end, rightOf, impurity, weight0, weight1 }: PendingNode): number {
    const id = this.#length++;
    if (rightOf >= 0) this.#childrenRight[rightOf] = id;
    this.#feature[id] = LEAF;
    this.#threshold[id] = -2;
    this.#childrenRight[id] = -1;
    this.#weight0[id] = weight0;
    this.#weight1[id] = weight1;
    this.#nNodeSamples[id] = end - start;
    this.#impurity[id] = impurity;
    return id;
  }

  split(id: number, feature: number, threshold: number): void {
    this.#feature[id] = feature;
    this.#threshold[id] = threshold;
  }

  finish(): Tree {
    const length = this.#length;
    return {
      feature: this.#feature.slice(0, length),
      threshold: this.#threshold.slice(0, length),
      childrenRight: this.#childrenRight.slice(0, length),
      weight0: this.#weight0.slice(0, length),
      weight1: this.#weight1.slice(0, length),
      nNodeSamples: this.#nNodeSamples.slice(0, length),
      impurity: this.#impurity.slice(0, length),
    };
  }
}
