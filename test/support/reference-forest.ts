import { MersenneTwister } from '../../tasks/forest/mersenne-twister.ts';

/** A node of a tree, in the words of scikit-learn's `tree_`; `value` holds the weights of both classes. */
export interface ReferenceNode {
  readonly feature: number;
  readonly threshold: number;
  readonly children_left: number;
  readonly children_right: number;
  readonly n_node_samples: number;
  readonly impurity: number;
  readonly value: readonly [number, number];
  /** Only where values may be missing. */
  readonly missing_go_to_left?: number;
}

export interface ReferenceData {
  readonly features: readonly ArrayLike<number>[];
  readonly labels: ArrayLike<number>;
  /** The rows to train on, in order. */
  readonly rows: ArrayLike<number>;
  /** Whether values may be missing, NaN. */
  readonly missingValues?: boolean;
}

export interface ReferenceParameters {
  readonly nEstimators: number;
  readonly maxDepth: number | null;
  readonly randomState: number;
  readonly maxFeatures?: number;
}

interface Row {
  readonly values: readonly number[];
  readonly label: number;
  readonly weight: number;
}

type Counts = readonly [number, number];
type Children = [left: number, right: number];

interface Split {
  readonly feature: number;
  readonly threshold: number;
  readonly proxy: number;
  readonly left: Counts;
  readonly right: Counts;
  readonly missingGoToLeft: boolean;
}

const EPSILON = 2 ** -52;
const LARGEST_SEED = 2 ** 31 - 1;

/**
 * scikit-learn's RandomForestClassifier(...).fit for labels 0 and 1, that of 1.9 where values may be missing. Written to be
 * compared with, not to be fast: it sorts every node.
 */
export function referenceForest(data: ReferenceData, parameters: ReferenceParameters): ReferenceNode[][] {
  const random = new MersenneTwister(parameters.randomState);
  return Array.from({ length: parameters.nEstimators }, () =>
    referenceTree(data, parameters, random.randint(0, LARGEST_SEED)),
  );
}

function referenceTree(data: ReferenceData, parameters: ReferenceParameters, seed: number): ReferenceNode[] {
  const splitter = new Splitter(data.features.length, parameters.maxFeatures, seed);
  const rows = bootstrap(data, seed);
  const total = weigh(countClasses(rows));
  const nodes: (Omit<ReferenceNode, 'children_left' | 'children_right'> & { children: Children })[] = [];
  const root = {
    rows,
    depth: 0,
    impurity: gini(countClasses(rows)),
    constants: 0,
    siblings: [-1, -1] satisfies Children,
    side: 0,
  };
  const stack = [root];
  for (let node = stack.pop(); node; node = stack.pop()) {
    const counts = countClasses(node.rows);
    const isLeaf =
      node.depth >= (parameters.maxDepth ?? Number.POSITIVE_INFINITY) ||
      node.rows.length < 2 ||
      node.impurity <= EPSILON;
    const { split, constants } = isLeaf ? { constants: 0 } : splitter.search(node.rows, node.constants);
    const children: Children = [-1, -1];
    node.siblings[node.side] = nodes.length;
    const described = { n_node_samples: node.rows.length, impurity: node.impurity, value: counts, children };
    const withMissing = (missing_go_to_left: number) => (data.missingValues ? { missing_go_to_left } : {});
    if (!split || gain(counts, total, node.impurity, split) + EPSILON < 0) {
      nodes.push({ feature: -2, threshold: -2, ...described, ...withMissing(0) });
      continue;
    }
    const { feature, threshold, missingGoToLeft } = split;
    nodes.push({ feature, threshold, ...described, ...withMissing(Number(missingGoToLeft)) });
    const goesLeft = ({ values: { [feature]: value = Number.NaN } }: Row) =>
      Number.isNaN(value) ? missingGoToLeft : value <= threshold;
    const below = { depth: node.depth + 1, constants, siblings: children };
    stack.push({ ...below, rows: node.rows.filter((row) => !goesLeft(row)), impurity: gini(split.right), side: 1 });
    stack.push({ ...below, rows: node.rows.filter(goesLeft), impurity: gini(split.left), side: 0 });
  }
  return nodes.map(({ children: [children_left, children_right], ...node }) => ({
    ...node,
    children_left,
    children_right,
  }));
}

function bootstrap({ features, labels, rows }: ReferenceData, seed: number): Row[] {
  const random = new MersenneTwister(seed);
  const weights = new Map<number, number>();
  for (let draw = 0; draw < rows.length; draw++) {
    const drawn = random.randint(0, rows.length);
    weights.set(drawn, (weights.get(drawn) ?? 0) + 1);
  }
  return Array.from(weights, ([drawn, weight]) => {
    const row = rows[drawn] ?? 0;
    // + 0 makes 0 of -0
    const values = features.map((column) => Math.fround(column[row] ?? Number.NaN) + 0);
    return { values, label: labels[row] ?? 0, weight };
  });
}

class Splitter {
  readonly #maxFeatures: number;
  readonly #features: number[];
  readonly #constants: number[];
  #state: number;

  constructor(features: number, maxFeatures = Math.max(1, Math.floor(Math.sqrt(features))), seed: number) {
    this.#maxFeatures = maxFeatures;
    this.#features = Array.from({ length: features }, (_, f) => f);
    this.#constants = [...this.#features];
    this.#state = new MersenneTwister(seed).randint(0, LARGEST_SEED);
  }

  /** The best split of a node whose first `known` features are constant, and how many are known to be afterwards. */
  search(rows: readonly Row[], known: number): { split?: Split; constants: number } {
    const features = this.#features;
    const swap = (a: number, b: number) => {
      [features[a], features[b]] = [features[b] ?? 0, features[a] ?? 0];
    };
    let [undrawn, visited, found, drawn] = [features.length, 0, 0, 0];
    let split: Split | undefined;
    while (undrawn > known + found && (visited < this.#maxFeatures || visited <= found + drawn)) {
      visited++;
      const j = this.#integer(drawn, undrawn - found);
      if (j < known) {
        swap(drawn++, j);
        continue;
      }
      const feature = features[j + found] ?? 0;
      const best = bestSplit(rows, feature);
      if (!best) {
        swap(j + found, known + found);
        found++;
        continue;
      }
      swap(--undrawn, j + found);
      if (best.proxy > (split?.proxy ?? Number.NEGATIVE_INFINITY)) split = best;
    }
    features.splice(0, known, ...this.#constants.slice(0, known));
    this.#constants.splice(known, found, ...features.slice(known, known + found));
    return { ...(split && { split }), constants: known + found };
  }

  #integer(low: number, high: number): number {
    let x = this.#state || 1;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return low + ((x & 0x7fffffff) % (high - low));
  }
}

/** undefined: the feature is constant among the rows. */
function bestSplit(rows: readonly Row[], feature: number): Split | undefined {
  const sample = ({ values, label, weight }: Row) => ({ value: values[feature] ?? Number.NaN, label, weight });
  const known = rows.map(sample).filter(({ value }) => !Number.isNaN(value));
  known.sort((a, b) => a.value - b.value);
  const missing = rows.filter(({ values }) => Number.isNaN(values[feature]));
  const isConstant = (known.at(-1)?.value ?? 0) <= nearlyAbove(known[0]?.value ?? 0);
  if (known.length === 0 || (isConstant && missing.length === 0)) return undefined;
  const total = countClasses(rows);
  // a chain of near values has no cut though its ends differ
  let best = {
    feature,
    threshold: 0,
    proxy: Number.NEGATIVE_INFINITY,
    left: total,
    right: total,
    missingGoToLeft: false,
  };
  const consider = (threshold: number, left: Counts, missingGoToLeft: boolean) => {
    const right: Counts = [total[0] - left[0], total[1] - left[1]];
    const proxy = -weigh(right) * gini(right) - weigh(left) * gini(left);
    if (proxy > best.proxy) best = { feature, threshold, proxy, left, right, missingGoToLeft };
  };
  for (const missingGoLeft of missing.length > 0 ? [false, true] : [false]) {
    const left: [number, number] = missingGoLeft ? [...countClasses(missing)] : [0, 0];
    for (const [i, { value, label, weight }] of known.entries()) {
      const before = known[i - 1]?.value ?? value;
      const missingGoToLeft = missing.length > 0 ? missingGoLeft : i > known.length - i;
      if (!(value <= nearlyAbove(before))) consider(before / 2 + value / 2, [...left], missingGoToLeft);
      left[label === 0 ? 0 : 1] += weight;
    }
    if (missing.length > 0 && !missingGoLeft) consider(Number.POSITIVE_INFINITY, left, false);
  }
  return best;
}

function nearlyAbove(value: number): number {
  return Math.fround(value + Math.fround(1e-7));
}

function countClasses(rows: readonly Row[]): Counts {
  const counts: [number, number] = [0, 0];
  for (const { label, weight } of rows) counts[label === 0 ? 0 : 1] += weight;
  return counts;
}

function weigh([weight0, weight1]: Counts): number {
  return weight0 + weight1;
}

function gini(counts: Counts): number {
  const weight = weigh(counts);
  return 1 - (counts[0] * counts[0] + counts[1] * counts[1]) / (weight * weight);
}

function gain(counts: Counts, total: number, impurity: number, { left, right }: Split): number {
  const weight = weigh(counts);
  return (weight / total) * (impurity - (weigh(right) / weight) * gini(right) - (weigh(left) / weight) * gini(left));
}
