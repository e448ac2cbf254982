import { type Forest, LEAF, sumLeafWeights } from '../../tasks/forest/forest.ts';
import { MersenneTwister } from '../../tasks/forest/mersenne-twister.ts';

export interface RandomForestShape {
  readonly features: number;
  readonly trees: number;
  readonly maxDepth: number;
  /** Whether each leaf weighs 1, on one side. */
  readonly votes?: boolean;
  /** Whether it says where missing values go. */
  readonly gaps?: boolean;
}

/** A forest grown at random, with thresholds on, just below and just above float32 values. */
export function randomForest(
  seed: number,
  { features, trees, maxDepth, votes = false, gaps = false }: RandomForestShape,
): Forest {
  const random = new MersenneTwister(seed);
  const treeStart = [0];
  const nodes: { feature: number; threshold: number; right: number; weights: readonly [number, number] }[] = [];

  const grow = (root: number, depth: number): void => {
    if (depth === maxDepth || random.interval(9) === 0) {
      nodes.push({ feature: LEAF, threshold: -2, right: -1, weights: randomWeights(random, votes) });
      return;
    }
    const node = { feature: random.interval(features - 1), threshold: randomThreshold(random), right: 0 };
    const parent = nodes.length;
    nodes.push({ ...node, weights: [0, 0] });
    grow(root, depth + 1);
    nodes[parent] = { ...node, right: nodes.length - root, weights: [0, 0] };
    grow(root, depth + 1);
  };

  for (let tree = 0; tree < trees; tree++) {
    grow(nodes.length, 0);
    treeStart.push(nodes.length);
  }
  const forest = {
    featureNames: Array.from({ length: features }, (_, f) => `feature_${f}`),
    treeStart: Uint32Array.from(treeStart),
    feature: Int32Array.from(nodes, ({ feature }) => feature),
    threshold: Float64Array.from(nodes, ({ threshold }) => threshold),
    childrenRight: Int32Array.from(nodes, ({ right }) => right),
    weight0: Uint32Array.from(nodes, ({ weights }) => weights[0]),
    weight1: Uint32Array.from(nodes, ({ weights }) => weights[1]),
  };
  sumLeafWeights(forest);
  return gaps ? withGaps(forest, random) : forest;
}

/** Sends missing values anywhere, and to the right of some nodes nothing else. */
function withGaps(forest: Forest, random: MersenneTwister): Forest {
  const missingGoToLeft = Uint8Array.from(forest.feature, (f) => (f === LEAF ? 0 : random.interval(1)));
  const isAlone = forest.feature.map((f, node) => Number(f !== LEAF && !missingGoToLeft[node] && !random.interval(4)));
  const threshold = forest.threshold.map((t, node) => (isAlone[node] ? Number.POSITIVE_INFINITY : t));
  return { ...forest, threshold, missingGoToLeft };
}

/**
 * Feature columns whose values are, one time in two, a threshold of the forest or the float32 next to one; one time in five
 * they are missing, where the forest expects it, but in the second column.
 */
export function rowsAround(forest: Forest, rows: number, seed: number): Float32Array[] {
  const random = new MersenneTwister(seed);
  const thresholds = forest.threshold.filter((t, node) => forest.feature[node] !== LEAF && Number.isFinite(t));
  const value = () => {
    const threshold = thresholds[random.interval(Math.max(thresholds.length - 1, 0))] ?? 0;
    if (random.interval(1) === 0) return (random.next32() / 2 ** 31 - 1) * 2000;
    return threshold * (1 + (random.interval(2) - 1) * 2 ** -23);
  };
  const isMissing = (column: number) => forest.missingGoToLeft && column !== 1 && random.interval(4) === 0;
  return forest.featureNames.map((_, column) =>
    Float32Array.from({ length: rows }, () => (isMissing(column) ? Number.NaN : value())),
  );
}

function randomThreshold(random: MersenneTwister): number {
  const exact = Math.fround((random.next32() / 2 ** 31 - 1) * 10 ** random.interval(3));
  return exact * (1 + (random.interval(2) - 1) * 2 ** -40);
}

function randomWeights(random: MersenneTwister, votes: boolean): readonly [number, number] {
  const vote = random.interval(1);
  if (votes) return [1 - vote, vote];
  const weight = 1 + random.interval(10 ** random.interval(7));
  const weight1 = random.interval(weight);
  return [weight - weight1, weight1];
}
