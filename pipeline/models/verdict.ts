import { z } from 'zod';
import type { Candidate, Champion } from './champion.ts';

/** Automatically, or by `promote` alone. */
export const promotions = ['auto', 'manual', 'off'] as const;
export type Promotion = (typeof promotions)[number];

/** The scores of metrics.json that a gate may ask for. */
export const gatedScores = ['accuracy', 'precision', 'recall', 'f1', 'roc_auc', 'log_loss', 'brier_score'] as const;

/** What a model must reach to become champion by itself. */
export interface Gate {
  /** Of the setting, as GATE_MIN_ROC_AUC. */
  readonly name: string;
  readonly score: string;
  readonly isLeast: boolean;
  readonly limit: number;
}

const ruleSchema = z.object({
  name: z.string(),
  /** null where the score is undefined, as ROC AUC of a single class. */
  value: z.number().nullable(),
  limit: z.number(),
  isMet: z.boolean(),
});
export type Rule = Readonly<z.output<typeof ruleSchema>>;

export const verdictSchema = z.object({
  version: z.literal(1),
  timestamp: z.string(),
  runId: z.string(),
  model: z.string(),
  sha256: z.string(),
  rules: z.array(ruleSchema),
  /** `older`: a newer run's model is champion already. */
  decision: z.enum(['promoted', 'rejected', 'waits', 'older']),
  decidedAt: z.iso.datetime(),
});
export type Verdict = Readonly<z.output<typeof verdictSchema>>;

/** Pure. A gate on a score that is undefined is not passed. */
export function judge(
  gates: readonly Gate[],
  candidate: Candidate,
  champion: Champion | undefined,
  promotion: Exclude<Promotion, 'off'>,
  decidedAt: string,
): Verdict {
  const { timestamp, runId, model, sha256 } = candidate;
  const rules = gates.map(({ name, score, isLeast, limit }) => {
    const value = candidate.scores[score] ?? null;
    return { name, value, limit, isMet: value !== null && (isLeast ? value >= limit : value <= limit) };
  });
  const isOlder = champion !== undefined && champion.timestamp > timestamp;
  const accepted = promotion === 'manual' ? 'waits' : isOlder ? 'older' : 'promoted';
  const decision = rules.every(({ isMet }) => isMet) ? accepted : 'rejected';
  return { version: 1, timestamp, runId, model, sha256, rules, decision, decidedAt };
}

/** One sentence, of what was decided then. */
export function verdictText({ decision, rules, timestamp }: Verdict): string {
  const unmet = rules.filter(({ isMet }) => !isMet).map(ruleText);
  const passed = rules.length > 0 ? `, it passes ${rules.map(({ name }) => name).join(', ')}` : '';
  switch (decision) {
    case 'promoted':
      return `the model became the champion${passed}`;
    case 'rejected':
      return `the model was rejected: ${unmet.join('; ')}`;
    case 'waits':
      return `'npx pipeline promote ${timestamp} --reason TEXT' makes the model the champion${passed}`;
    case 'older':
      return `the model was not made champion, since that of a later run was${passed}`;
  }
}

function ruleText({ name, value, limit }: Rule): string {
  return `${name} is ${limit}, and the score is ${value ?? 'undefined on the test loans'}`;
}
