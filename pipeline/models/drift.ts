import { z } from 'zod';
import { aligned, type Bin, grouped, isOrdered, rowsOf, total } from './bins-in-common.ts';
import { chiSquareQuantile } from './chi-square.ts';
import type { Distribution, Distributions } from './distributions.ts';

/** How far a column, or the score, has moved away from the reference. */
export const driftSchema = z.object({
  name: z.string(),
  part: z.enum(['feature', 'label', 'score']),
  /** The population stability index; null where there are none to compare. */
  psi: z.number().nullable(),
  /** What it stays below in 99 of 100 pairs of samples, of so many rows, that nothing but chance tells apart. */
  psiByChance: z.number().nullable(),
  /** The Kolmogorov–Smirnov statistic of the values that are not NULL; null for categories too, which have no order. */
  ks: z.number().nullable(),
  ksByChance: z.number().nullable(),
  nullShares: z.object({ reference: z.number().nullable(), current: z.number().nullable() }),
  isDrifted: z.boolean(),
  /** Why something is missing, or means little. */
  note: z.string().nullable(),
});
export type Drift = Readonly<z.output<typeof driftSchema>>;

const probability = 0.99;

/** Pure. In the order of the current columns, then those that only the reference has, then the score. */
export function driftOf(reference: Distributions, current: Distributions): Drift[] {
  const names = new Set([...current.columns.keys(), ...reference.columns.keys()]);
  const columns = [...names].map((name) => compare(name, reference.columns.get(name), current.columns.get(name)));
  const hasScores = reference.score !== undefined && current.score !== undefined;
  return hasScores ? [...columns, compare('score', reference.score, current.score)] : columns;
}

function compare(name: string, reference: Distribution | undefined, current: Distribution | undefined): Drift {
  const type = (current ?? reference)?.type;
  const part = type === 'label' || type === 'score' ? type : 'feature';
  const nullShares = { reference: nullShare(reference), current: nullShare(current) };
  const reason = incomparable(reference, current);
  if (!reference || !current || reason !== undefined)
    return { ...unknown, name, part, nullShares, note: reason ?? null };
  const bins = aligned(reference, current);
  const groups = grouped(bins, reference, current);
  const note = noteOf(bins, groups);
  return { name, part, ...psiOf(groups), ...ksOf(bins, type), nullShares, note };
}

const unknown = { psi: null, psiByChance: null, ks: null, ksByChance: null, isDrifted: false } as const;

function incomparable(reference: Distribution | undefined, current: Distribution | undefined): string | undefined {
  if (!reference) return 'the reference has no such column';
  if (!current) return 'only the reference has it';
  const isSameKind = reference.bins === current.bins && isOrdered(reference.type) === isOrdered(current.type);
  if (!isSameKind) return 'the reference declares it otherwise';
  return rowsOf(reference) === 0 || rowsOf(current) === 0 ? 'there are no rows' : undefined;
}

function noteOf(bins: readonly Bin[], groups: readonly Bin[]): string | null {
  const { reference, current } = total(bins);
  if (reference === 0 || current === 0) return reference === current ? 'all NULL' : 'all NULL in one of them';
  return groups.length === 1 ? 'too few rows or values to tell apart' : null;
}

/** Both smoothed by half a row in each group, so that an empty one is not infinitely far. */
function psiOf(groups: readonly Bin[]): Pick<Drift, 'psi' | 'psiByChance' | 'isDrifted'> {
  const { reference: n, current: m } = total(groups);
  const k = groups.length;
  const psi = groups.reduce((sum, { reference, current }) => {
    const [p, q] = [(reference + 0.5) / (n + k / 2), (current + 0.5) / (m + k / 2)];
    return sum + (p - q) * Math.log(p / q);
  }, 0);
  // for two samples of one distribution it is a chi-square variable of k - 1 degrees of freedom, scaled
  const psiByChance = k > 1 ? (1 / n + 1 / m) * chiSquareQuantile(probability, k - 1) : 0;
  return { psi, psiByChance, isDrifted: psi > psiByChance };
}

/** Within a bin nothing is known, so it is that of the bins. */
function ksOf(bins: readonly Bin[], type: Distribution['type'] | undefined): Pick<Drift, 'ks' | 'ksByChance'> {
  const { reference: n, current: m } = total(bins);
  if (n === 0 || m === 0 || !isOrdered(type)) return { ks: null, ksByChance: null };
  let [ks, before, now] = [0, 0, 0];
  for (const { reference, current } of bins) {
    before += reference;
    now += current;
    ks = Math.max(ks, Math.abs(before / n - now / m));
  }
  return { ks, ksByChance: Math.sqrt((-Math.log((1 - probability) / 2) / 2) * (1 / n + 1 / m)) };
}

function nullShare(distribution: Distribution | undefined): number | null {
  return distribution && rowsOf(distribution) > 0 ? distribution.nulls / rowsOf(distribution) : null;
}
