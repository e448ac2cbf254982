import type { Dataset } from '../../dataset/dataset.ts';
import { computeMetrics, type DecisionScores } from '../metrics.ts';
import type { ScoredRows } from '../scored-rows.ts';
import { sweepThresholds } from '../threshold-sweep.ts';

/** A smaller group's approval rate hangs on single loans: it is compared with none. */
export const FEWEST_ROWS = 30;

/** A feature whose values are taken together as groups. */
export interface Grouping {
  readonly column: string;
  /** Its place among the features. */
  readonly feature: number;
  readonly names: readonly string[];
  /** Where edges part the groups: each begins with its edge. Absent where each value is a group. */
  readonly edges?: readonly number[];
}

/** The groups of a feature, and in which of them each row is. */
export interface GroupedRows {
  readonly grouping: Grouping;
  readonly groupOfRow: Uint8Array<ArrayBuffer>;
}

export interface GroupScores extends DecisionScores {
  readonly group: string;
  readonly rows: number;
  readonly defaults: number;
  readonly meanProbability: number;
  /** The share predicted as repaid. */
  readonly approvalRate: number;
  /** Its approval rate over the highest; null where a group is too small to be compared. */
  readonly approvalRatio: number | null;
  /** Whether the ratio reaches four fifths. */
  readonly reachesFourFifths: boolean | null;
  readonly rocAuc: number | null;
}

export interface GroupedScores {
  readonly column: string;
  readonly groups: readonly GroupScores[];
  /** Groups that no row falls into. */
  readonly withoutRows: readonly string[];
}

/** By what the dataset names as groups. */
export function groupingsOf({ features, spec }: Dataset): Grouping[] {
  return Object.entries(spec.groups ?? {}).map(([column, given]) => {
    const feature = features.findIndex(({ name }) => name === column);
    const { categories = [], isNullable = false } = features[feature] ?? {};
    const missing = isNullable ? ['missing'] : [];
    if (given !== true) return { column, feature, edges: given, names: [...bandNames(given), ...missing] };
    return { column, feature, names: [...(categories.length > 0 ? categories : ['false', 'true']), ...missing] };
  });
}

function bandNames(edges: readonly number[]): string[] {
  const between = edges.slice(1).map((edge, i) => `${edges[i]} to under ${edge}`);
  return [`under ${edges[0]}`, ...between, `${edges.at(-1)} and over`];
}

/** The number of the group that a value falls into. */
export function groupOf({ edges, names }: Grouping, value: number): number {
  if (Number.isNaN(value)) return names.length - 1;
  return edges ? edges.filter((edge) => edge <= value).length : value;
}

export function groupRows(groupings: readonly Grouping[], features: readonly Float64Array[]): GroupedRows[] {
  return groupings.map((grouping) => {
    const values = features[grouping.feature] ?? new Float64Array();
    return { grouping, groupOfRow: Uint8Array.from(values, (value) => groupOf(grouping, value)) };
  });
}

export function scoreGroups({ grouping: { column, names }, groupOfRow }: GroupedRows, rows: ScoredRows): GroupedScores {
  const parts = divide(rows, groupOfRow, names.length);
  const large = parts.filter(({ labels }) => labels.length >= FEWEST_ROWS);
  const highest = large.length < 2 ? 0 : Math.max(...large.map(approvalRate));
  const groups = parts.flatMap((part, g) =>
    part.labels.length === 0 ? [] : [scoresOf(names[g] ?? '', part, highest)],
  );
  return { column, groups, withoutRows: names.filter((_, g) => parts[g]?.labels.length === 0) };
}

function scoresOf(group: string, part: ScoredRows, highest: number): GroupScores {
  const { accuracy, precision, recall, f1, rocAuc, classCounts } = computeMetrics(part, sweepThresholds(part));
  const rows = part.labels.length;
  const rate = approvalRate(part);
  const approvalRatio = rows >= FEWEST_ROWS && highest > 0 ? rate / highest : null;
  return {
    group,
    rows,
    defaults: classCounts.defaulted,
    meanProbability: part.probabilities.reduce((sum, probability) => sum + probability, 0) / rows,
    approvalRate: rate,
    approvalRatio,
    reachesFourFifths: approvalRatio === null ? null : approvalRatio >= 0.8,
    ...{ accuracy, precision, recall, f1, rocAuc },
  };
}

function approvalRate({ predictions }: ScoredRows): number {
  return predictions.reduce((approved, prediction) => approved + 1 - prediction, 0) / predictions.length;
}

/** In one pass: there may be many groups. */
function divide(
  { labels, probabilities, predictions }: ScoredRows,
  groupOfRow: Uint8Array,
  groups: number,
): ScoredRows[] {
  const sizes = new Uint32Array(groups);
  for (const group of groupOfRow) sizes[group] = (sizes[group] ?? 0) + 1;
  const parts = Array.from(sizes, emptyRows);
  sizes.fill(0);
  for (const [row, group] of groupOfRow.entries()) {
    const part = parts[group];
    const at = sizes[group] ?? 0;
    if (!part) continue;
    part.labels[at] = labels[row] ?? 0;
    part.probabilities[at] = probabilities[row] ?? 0;
    part.predictions[at] = predictions[row] ?? 0;
    sizes[group] = at + 1;
  }
  return parts;
}

function emptyRows(rows: number): ScoredRows {
  return { labels: new Uint8Array(rows), probabilities: new Float64Array(rows), predictions: new Uint8Array(rows) };
}
