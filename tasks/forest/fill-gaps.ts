import { type Forest, LEAF } from './forest.ts';

type Column = Float32Array | Float64Array;

/** A forest, and the columns in the order of its `featureNames`. */
export interface Walk {
  readonly forest: Forest;
  readonly columns: readonly Column[];
}

/** The largest finite float32. */
const LARGEST = (2 - 2 ** -23) * 2 ** 127;

/**
 * The same walk without missing values, so that the kernel need not know of them. A column that has some becomes two: in
 * one they lie below all other values, for the nodes that send them left, in a further one above all others, for the nodes
 * that send them right.
 */
export function fillGaps(forest: Forest, columns: readonly Column[]): Walk {
  const { missingGoToLeft = new Uint8Array() } = forest;
  const withGaps = [...columns.keys()].filter((c) => columns[c].some(Number.isNaN));
  if (withGaps.length === 0) return { forest, columns };
  const higher = new Map(withGaps.map((c, i) => [c, columns.length + i]));
  const feature = forest.feature.map((f, node) =>
    f === LEAF || missingGoToLeft[node] === 1 ? f : (higher.get(f) ?? f),
  );
  return {
    columns: [
      ...columns.map((column, c) => (higher.has(c) ? fill(column, Number.NEGATIVE_INFINITY) : column)),
      ...withGaps.map((c) => fill(columns[c], Number.POSITIVE_INFINITY)),
    ],
    forest: {
      ...forest,
      featureNames: [...forest.featureNames, ...withGaps.map((c) => forest.featureNames[c])],
      feature,
      // what is missing must lie above an infinite threshold too
      threshold: forest.threshold.map((t, node) => (feature[node] < columns.length ? t : Math.min(t, LARGEST))),
    },
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
