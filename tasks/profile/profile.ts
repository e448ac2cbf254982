import { z } from 'zod';
import type { DatasetColumn } from '../dataset/dataset-column.ts';
import { type Histogram, quantile } from './histogram.ts';

const shares = { p1: 0.01, p5: 0.05, p25: 0.25, p50: 0.5, p75: 0.75, p95: 0.95, p99: 0.99 } as const;

const columnSchema = z.object({
  type: z.enum(['decimal', 'integer', 'boolean', 'category', 'timestamp', 'label']),
  nulls: z.number(),
  min: z.number().nullable(),
  max: z.number().nullable(),
  mean: z.number().nullable(),
  /** null where there is no value. */
  quantiles: z.record(z.string(), z.number()).nullable(),
  bins: z.enum(['value', 'day', 'log-linear']),
  /** Where the bins that hold something begin, in the order of their values; of a category, its text. */
  edges: z.array(z.union([z.number(), z.string()])),
  /** How many values each of them holds. */
  counts: z.array(z.number()),
});

/** What the loans of a run look like: a function of them and of what the dataset says of its columns. */
export const profileSchema = z.object({
  version: z.literal(1),
  rows: z.number(),
  /** Rows by label. */
  classes: z.object({ 0: z.number(), 1: z.number() }),
  /** The features in the model's order, then the label. */
  columns: z.record(z.string(), columnSchema),
});

export type Profile = Readonly<z.output<typeof profileSchema>>;
export type ColumnProfile = Readonly<z.output<typeof columnSchema>>;

export function columnProfile(
  { type, categories }: DatasetColumn,
  statistics: Pick<ColumnProfile, 'nulls' | 'min' | 'max' | 'mean'>,
  histogram: Histogram,
): ColumnProfile {
  const { min, max } = statistics;
  const { filled, bins } = histogram;
  return {
    type,
    ...statistics,
    quantiles: min === null || max === null ? null : quantiles(filled, min, max),
    bins: bins.kind,
    edges: filled.map(({ lower }) => categories[lower] ?? lower),
    counts: filled.map(({ count }) => count),
  };
}

function quantiles(filled: Histogram['filled'], min: number, max: number): Record<string, number> {
  return Object.fromEntries(Object.entries(shares).map(([name, share]) => [name, quantile(filled, min, max, share)]));
}

export function encodeProfile(profile: Profile): Uint8Array {
  return Buffer.from(`${JSON.stringify(profile)}\n`);
}
