import { z } from 'zod';
import type { Candidate } from './champion.ts';
import { type Drift, driftSchema } from './drift.ts';

/** Automatically, or by `promote` alone. */
export const promotions = ['auto', 'manual', 'off'] as const;
export type Promotion = (typeof promotions)[number];

/** The scores of metrics.json that a gate may ask for. */
export const gatedScores = ['accuracy', 'precision', 'recall', 'f1', 'roc_auc', 'log_loss', 'brier_score'] as const;

/** What a score must reach. */
export interface Gate {
  /** Of the setting, as GATE_MIN_ROC_AUC. */
  readonly name: string;
  readonly score: string;
  readonly isLeast: boolean;
  readonly limit: number;
}

/** What a model must reach to become champion by itself. */
export interface Gates {
  readonly scores: readonly Gate[];
  /** How much less the ROC AUC may be than the champion's, on loans that neither was trained on. */
  readonly maxDrop?: number | undefined;
  /** The largest PSI of a column or of the score, against the champion's. */
  readonly maxDrift?: number | undefined;
}

const ruleSchema = z.object({
  name: z.string(),
  /** What is measured. */
  of: z.string().default('the score'),
  /** null where it is undefined, as ROC AUC of a single class. */
  value: z.number().nullable(),
  limit: z.number(),
  isMet: z.boolean(),
});
export type Rule = Readonly<z.output<typeof ruleSchema>>;

const impossibleSchema = z.object({ impossible: z.string() });

/** Two models on loans that neither was trained on: the ROC AUC of each, and the interval of the challenger's lead. */
const comparisonSchema = z.object({
  /** Test loans of the challenger that came after all loans of the champion. */
  rows: z.number(),
  champion: z.number(),
  challenger: z.number(),
  low: z.number(),
  high: z.number(),
});
export type FairComparison = Readonly<z.output<typeof comparisonSchema>>;

/** What is known of a model beside its own scores; null where there is no earlier champion. */
const evidence = {
  /** The champion's run, as keys have it. */
  against: z.string().nullable().default(null),
  /** ROC AUC of both on loans that neither was trained on, or why there is none. */
  comparison: z.union([comparisonSchema, impossibleSchema]).nullable().default(null),
  /** Of each column and of the score, or why there is none. */
  drift: z
    .union([z.array(driftSchema), impossibleSchema])
    .nullable()
    .default(null),
};
export type Evidence = Readonly<z.output<z.ZodObject<typeof evidence>>>;

/** `older`: a newer run's model is champion already. */
export const decisions = ['promoted', 'rejected', 'waits', 'older'] as const;

/** Where there is nothing to compare with. */
export const noEvidence: Evidence = { against: null, comparison: null, drift: null };

export const verdictSchema = z.object({
  version: z.literal(1),
  timestamp: z.string(),
  runId: z.string(),
  model: z.string(),
  sha256: z.string(),
  rules: z.array(ruleSchema),
  ...evidence,
  decision: z.enum(decisions),
  decidedAt: z.iso.datetime(),
});
export type Verdict = Readonly<z.output<typeof verdictSchema>>;

/**
 * Pure. A gate on a score that is undefined is not passed.
 * @param isOlder whether the champion is of later data
 */
export function judge(
  gates: Gates,
  candidate: Candidate,
  isOlder: boolean,
  evidence: Evidence,
  promotion: Exclude<Promotion, 'off'>,
  decidedAt: string,
): Verdict {
  const { timestamp, runId, model, sha256, scores } = candidate;
  const rules = [
    ...gates.scores.map((gate) => scoreRule(gate, scores)),
    ...dropRules(gates, evidence),
    ...driftRules(gates, evidence),
  ];
  const accepted = promotion === 'manual' ? 'waits' : isOlder ? 'older' : 'promoted';
  const decision = rules.every(({ isMet }) => isMet) ? accepted : 'rejected';
  return { version: 1, timestamp, runId, model, sha256, rules, ...evidence, decision, decidedAt };
}

function scoreRule({ name, score, isLeast, limit }: Gate, scores: Candidate['scores']): Rule {
  const value = scores[score] ?? null;
  return { name, of: score, value, limit, isMet: value !== null && (isLeast ? value >= limit : value <= limit) };
}

/** A drop counts where chance alone does not explain it: none where the interval of the lead reaches 0. */
function dropRules({ maxDrop }: Gates, { comparison }: Evidence): Rule[] {
  if (maxDrop === undefined || comparison === null || 'impossible' in comparison) return [];
  const value = comparison.champion - comparison.challenger;
  const isMet = value <= maxDrop || comparison.high >= 0;
  return [{ name: 'GATE_MAX_DROP', of: 'the drop of roc_auc', value, limit: maxDrop, isMet }];
}

/** The largest drift that chance alone does not explain; none is 0. */
function driftRules({ maxDrift }: Gates, { drift }: Evidence): Rule[] {
  if (maxDrift === undefined || drift === null || 'impossible' in drift) return [];
  const [worst] = drifted(drift);
  const value = worst?.psi ?? 0;
  const of = worst ? `the PSI of ${worst.name}` : 'the largest PSI above chance';
  return [{ name: 'GATE_MAX_DRIFT', of, value, limit: maxDrift, isMet: value <= maxDrift }];
}

/** What has moved by more than chance, the furthest first. */
export function drifted(drift: readonly Drift[]): Drift[] {
  return drift.filter(({ isDrifted }) => isDrifted).toSorted((a, b) => (b.psi ?? 0) - (a.psi ?? 0));
}
