import { type Forest, LEAF } from './forest.ts';

type Column = Float32Array | Float64Array;

/** The largest finite float32. */
const LARGEST = (2 - 2 ** -23) * 2 ** 127;

/**
 * So that the kernel need not know of missing values, a column that has some becomes two: in one they lie below all other
 * values, for the nodes that send them left, in a further one above all others, for the nodes that send them right.
 */
export function fillGaps(columns: readonly Column[], withGaps: readonly number[]): Column[] {
  return [
    ...columns.map((column, c) => (withGaps.includes(c) ? fill(column, Number.NEGATIVE_INFINITY) : column)),
    ...withGaps.map((c) => fill(columns[c], Number.POSITIVE_INFINITY)),
  ];
}

/** The indices of the columns that have missing values. */
export function findGaps(columns: readonly Column[]): number[] {
  return [...columns.keys()].filter((c) => columns[c].some(Number.isNaN));
}

/** The forest that walks columns so filled as this one walks those with gaps. */
export function forestOverGaps(forest: Forest, withGaps: readonly number[]): Forest {
  if (withGaps.length === 0) return forest;
  const { featureNames, missingGoToLeft = new Uint8Array() } = forest;
  const higher = new Map(withGaps.map((c, i) => [c, featureNames.length + i]));
  const feature = forest.feature.map((f, node) =>
    f === LEAF || missingGoToLeft[node] === 1 ? f : (higher.get(f) ?? f),
  );
  return {
    ...forest,
    featureNames: [...featureNames, ...withGaps.map((c) => featureNames[c])],
    feature,
    // what is missing must lie above an infinite threshold too
    threshold: forest.threshold.map((t, node) => (feature[node] < featureNames.length ? t : Math.min(t, LARGEST))),
  };
}

function fill(column: Column, missing: number): Float32Array {
  const filled = new Float32Array(column.length);
  for (let row = 0; row < column.length; row++) {
    const value = column[row];
    filled[row] = Number.isNaN(value) ? missing : Math.min(value, LARGEST);
  }
  return filled;
}
