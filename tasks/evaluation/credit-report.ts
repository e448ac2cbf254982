import { setImmediate } from 'node:timers/promises';
import type { Dataset } from '../dataset/dataset.ts';
import type { DatasetColumn } from '../dataset/dataset-column.ts';
import type { Forest } from '../forest/forest.ts';
import { type Bootstrap, bootstrap } from './credit/bootstrap.ts';
import { type CalibrationError, calibrationError } from './credit/calibration-error.ts';
import { type Costs, type CutOffs, cutOffs } from './credit/cut-offs.ts';
import { type GroupedRows, type GroupedScores, scoreGroups } from './credit/groups.ts';
import { type DependencePoint, dependenceGrid, dependencePoints } from './credit/partial-dependence.ts';
import { type PermutationImportance, permutationImportance, permutedColumns } from './credit/permutation-importance.ts';
import { type Ranking, rankRows } from './credit/ranking.ts';
import { MOST_FEATURES, type Sample, StackedSample } from './credit/sample.ts';
import type { Curves } from './curves.ts';
import type { FeatureImportance } from './importances.ts';
import { rocAuc } from './metrics.ts';
import type { ScoredRows } from './scored-rows.ts';
import { sweepThresholds, type ThresholdSweep } from './threshold-sweep.ts';

export interface FeatureEffect {
  readonly name: string;
  readonly type: DatasetColumn['type'];
  /** Its share of what splits lower the impurity; null where the engine knows none. */
  readonly impurityShare: number | null;
  /** null where the sample has one class only. */
  readonly permutation: PermutationImportance | null;
  readonly dependence: readonly DependencePoint[];
}

/** What people who lend ask of a model, beyond the metrics. */
export interface CreditReport {
  readonly ranking: Ranking;
  readonly calibration: CalibrationError;
  readonly cutOffs: CutOffs;
  readonly groups: readonly GroupedScores[];
  /** How many of the first test rows the features' effects are measured on. */
  readonly sampleRows: number;
  /** The most important first. */
  readonly features: readonly FeatureEffect[];
  readonly bootstrap: Bootstrap;
}

export interface CreditQuestion {
  readonly forest: Forest;
  readonly dataset: Dataset;
  readonly scored: ScoredRows;
  readonly sweep: ThresholdSweep;
  readonly curves: Curves;
  readonly sample: Sample;
  readonly groups: readonly GroupedRows[];
  /** Empty where the engine knows none. */
  readonly importances: readonly FeatureImportance[];
  readonly costs: Costs;
  readonly randomState: number;
  /** Ends the work between two parts of it. */
  readonly signal: AbortSignal;
}

/** A function of the question alone, on any machine. */
export async function creditReport(question: CreditQuestion): Promise<CreditReport> {
  const { scored, sweep, curves, sample, groups, costs, randomState, signal } = question;
  return {
    ranking: rankRows(sweep),
    calibration: calibrationError(curves.calibration),
    cutOffs: cutOffs(sweep, costs),
    groups: groups.map((grouped) => scoreGroups(grouped, scored)),
    sampleRows: sample.labels.length,
    features: await featureEffects(question),
    bootstrap: await bootstrap(scored, randomState, signal),
  };
}

/** All features: first those that are measured. */
async function featureEffects(question: CreditQuestion): Promise<FeatureEffect[]> {
  const { dataset, sample, scored, signal } = question;
  const baseline = rocAuc(sweepThresholds(firstOf(scored, sample)));
  const stacked = new StackedSample(question.forest, sample);
  const byUse = featuresByUse(question);
  const measured: FeatureEffect[] = [];
  for (const f of byUse.slice(0, MOST_FEATURES)) {
    const column = dataset.features[f];
    if (column) measured.push(measure(question, column, f, stacked, baseline));
    // a stop takes effect only between two turns
    await setImmediate(undefined, { signal });
  }
  const others = byUse.slice(MOST_FEATURES).flatMap((f) => notMeasured(question, f));
  return [...measured.toSorted((a, b) => importanceOf(b) - importanceOf(a)), ...others];
}

function measure(
  { sample, importances, randomState }: CreditQuestion,
  column: DatasetColumn,
  f: number,
  stacked: StackedSample,
  baseline: number | null,
): FeatureEffect {
  const values = sample.features[f] ?? new Float64Array();
  const permuted = permutedColumns(values, randomState);
  const grid = dependenceGrid(column, values);
  const predictions = stacked.predict(f, [...permuted, ...grid]);
  const shuffled = predictions.slice(0, permuted.length);
  return {
    ...{ name: column.name, type: column.type, impurityShare: shareOf(importances[f]) },
    permutation: baseline === null ? null : permutationImportance(baseline, sample.labels, shuffled),
    dependence: dependencePoints(column, grid, predictions.slice(permuted.length)),
  };
}

function notMeasured({ dataset, importances }: CreditQuestion, f: number): FeatureEffect[] {
  const column = dataset.features[f];
  if (!column) return [];
  const { name, type } = column;
  return [{ name, type, impurityShare: shareOf(importances[f]), permutation: null, dependence: [] }];
}

/** The features by their impurity share, and where the engine knows none by how many splits are on them. */
function featuresByUse({ forest, importances, dataset }: CreditQuestion): number[] {
  const splits = new Uint32Array(dataset.features.length);
  for (const f of forest.feature) if (f >= 0) splits[f] = (splits[f] ?? 0) + 1;
  const use = Array.from(splits, (count, f) => shareOf(importances[f]) ?? count);
  return [...use.keys()].sort((a, b) => (use[b] ?? 0) - (use[a] ?? 0));
}

/** NaN where splits lower nothing. */
function shareOf({ share = Number.NaN }: Partial<FeatureImportance> = {}): number | null {
  return Number.isNaN(share) ? null : share;
}

function importanceOf({ permutation, impurityShare }: FeatureEffect): number {
  return permutation?.mean ?? impurityShare ?? 0;
}

function firstOf({ probabilities, predictions }: ScoredRows, { labels }: Sample): ScoredRows {
  const rows = labels.length;
  return { labels, probabilities: probabilities.subarray(0, rows), predictions: predictions.subarray(0, rows) };
}
