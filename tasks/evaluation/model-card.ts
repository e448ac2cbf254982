import type { Dataset } from '../dataset/dataset.ts';
import { DATASET, FEATURE_IMPORTANCES, FEATURE_NAMES, SHARED_ROWS } from '../model/encode-model.ts';
import type { Interval } from './credit/bootstrap.ts';
import { type Ranking, rankRows } from './credit/ranking.ts';
import { distributeScores, type ScoreDistribution } from './credit/score-distribution.ts';
import type { CreditReport } from './credit-report.ts';
import { limitsOf } from './limits.ts';
import type { ClassCounts, Metrics } from './metrics.ts';
import type { ScoredRows } from './scored-rows.ts';
import type { ThresholdSweep } from './threshold-sweep.ts';

/** A score of the test loans; null where it is undefined. */
export interface CardScore extends Partial<Interval> {
  readonly value: number | null;
}

/** What one should know before a model is used, and how to find out what it was made from. */
export interface ModelCard {
  readonly intendedUse: {
    readonly purpose: string;
    readonly decision: string;
    readonly classes: readonly [string, string];
    readonly features: readonly string[];
  };
  readonly data: {
    readonly source: string;
    readonly rows: number;
    readonly trainingRows: number;
    readonly testRows: number;
    readonly testClassCounts: ClassCounts;
  };
  /** What of the settings decides the model, as its metadata has it. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly scores: Readonly<Record<string, CardScore>>;
  readonly scoreDistribution: ScoreDistribution;
  /** Absent with REPORT=basic. */
  readonly credit?: CreditReport;
  readonly limits: readonly string[];
  /** SHA-256 each. */
  readonly provenance: Readonly<Record<'model' | 'loans' | 'testLoans' | 'dataset', string>>;
}

export interface CardQuestion {
  readonly dataset: Dataset;
  readonly metadata: Readonly<Record<string, string>>;
  readonly scored: ScoredRows;
  readonly sweep: ThresholdSweep;
  readonly metrics: Metrics;
  /** Absent with REPORT=basic. */
  readonly credit?: CreditReport | undefined;
  readonly sha256Of: (input: 'model' | 'testLoans') => string;
}

export function modelCard({ dataset, metadata, scored, sweep, metrics, credit, sha256Of }: CardQuestion): ModelCard {
  const { data_rows = '', data_sha256 = '', parameters } = describedBy(metadata);
  const features = dataset.features.map(({ name }) => name);
  const [, positive] = dataset.classNames;
  return {
    intendedUse: {
      purpose: `Estimates how probable it is that a loan as those of ${dataset.source} is of class 1 (${positive}).`,
      decision: `A loan counts as ${positive} where that is more probable than not.`,
      classes: dataset.classNames,
      features,
    },
    data: {
      source: dataset.source,
      rows: Number(data_rows),
      trainingRows: Number(data_rows) - metrics.rows,
      testRows: metrics.rows,
      testClassCounts: metrics.classCounts,
    },
    parameters,
    scores: cardScores(metrics, credit?.ranking ?? rankRows(sweep), credit),
    scoreDistribution: distributeScores(scored),
    ...(credit ? { credit } : {}),
    limits: limitsOf(metrics, credit),
    provenance: {
      model: sha256Of('model'),
      loans: data_sha256,
      testLoans: sha256Of('testLoans'),
      dataset: dataset.sha256,
    },
  };
}

/** The text of model_card.json: the keys as metrics.json has them, numbers at full precision. */
export function modelCardJson(card: ModelCard): string {
  return `${JSON.stringify(inSnakeCase(card), null, 2)}\n`;
}

function describedBy(metadata: CardQuestion['metadata']) {
  const { data_rows, data_sha256, dataset_sha256: _, class_names: __, ...others } = metadata;
  const ofOtherParts: readonly string[] = [DATASET, FEATURE_IMPORTANCES, FEATURE_NAMES, SHARED_ROWS];
  const parameters = Object.entries(others).filter(([name]) => !ofOtherParts.includes(name));
  return { data_rows, data_sha256, parameters: Object.fromEntries(parameters) };
}

function cardScores(metrics: Metrics, { ks, gini }: Ranking, credit: CreditReport | undefined) {
  const { accuracy, precision, recall, f1, rocAuc, logLoss, brierScore } = metrics;
  const intervals: Partial<Record<string, Interval>> = credit?.bootstrap.intervals ?? {};
  const scores = { accuracy, precision, recall, f1, rocAuc, gini, ks, logLoss, brierScore };
  return Object.fromEntries(Object.entries(scores).map(([name, value]) => [name, { value, ...intervals[name] }]));
}

function inSnakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inSnakeCase);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, held]) => [
    key.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`),
    inSnakeCase(held),
  ]);
  return Object.fromEntries(entries);
}
