import type { Distribution } from './distributions.ts';

/** Values that are counted together, in both. */
export interface Bin {
  readonly reference: number;
  readonly current: number;
}

const mostGroups = 10;
/** Expected in a group at least, or chance is not what the chi-square distribution says. */
const leastRows = 5;

/** In the order of values; categories have none, and the rare ones come last. */
export function aligned(reference: Distribution, current: Distribution): Bin[] {
  const [before, now] = [countsByEdge(reference), countsByEdge(current)];
  const edges = [...new Set([...before.keys(), ...now.keys()])];
  const bins = edges.map((edge) => ({ edge, reference: before.get(edge) ?? 0, current: now.get(edge) ?? 0 }));
  return isOrdered(reference.type)
    ? bins.sort((a, b) => Number(a.edge) - Number(b.edge))
    : bins.sort((a, b) => both(b) - both(a));
}

function countsByEdge({ edges, counts }: Distribution): Map<Distribution['edges'][number], number> {
  return new Map(edges.map((edge, i) => [edge, counts[i] ?? 0]));
}

/** About ten, each as full as the next in the reference; of categories each that is not rare. NULL is a group of its own. */
export function grouped(bins: readonly Bin[], reference: Distribution, current: Distribution): Bin[] {
  const [n, m] = [rowsOf(reference), rowsOf(current)];
  const isEnough = isOrdered(reference.type)
    ? (bin: Bin) => bin.reference >= Math.max(n / mostGroups, leastRows * Math.max(1, n / m))
    : (bin: Bin) => both(bin) >= leastRows * ((n + m) / Math.min(n, m));
  const values = merged(bins, isEnough);
  const nulls = { reference: reference.nulls, current: current.nulls };
  return both(nulls) > 0 ? [...values, nulls] : values;
}

/** Neighbours together until they are enough; a bin that is enough alone stays alone. */
function merged(bins: readonly Bin[], isEnough: (bin: Bin) => boolean): Bin[] {
  const merged: Bin[] = [];
  for (const bin of bins) {
    const last = merged.at(-1);
    if (last && !isEnough(last) && !isEnough(bin)) merged[merged.length - 1] = total([last, bin]);
    else merged.push(bin);
  }
  return merged;
}

export function isOrdered(type: Distribution['type'] | undefined): boolean {
  return type !== 'category';
}

export function total(bins: readonly Bin[]): Bin {
  return bins.reduce((sum, bin) => ({ reference: sum.reference + bin.reference, current: sum.current + bin.current }), {
    reference: 0,
    current: 0,
  });
}

function both({ reference, current }: Bin): number {
  return reference + current;
}

export function rowsOf({ counts, nulls }: Distribution): number {
  return counts.reduce((rows, count) => rows + count, nulls);
}
