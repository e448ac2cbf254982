import { z } from 'zod';

const pointer = z.object({
  /** Of its run, as keys have it. */
  timestamp: z.string(),
  /** The key of the model in the store. */
  model: z.string(),
  sha256: z.string(),
});

/** The model that is to be used: a consumer needs this one object, and one hash. */
export const championSchema = pointer.extend({
  version: z.literal(1),
  /** Counts the moves, from 1. */
  number: z.number().int().positive(),
  runId: z.string(),
  scores: z.record(z.string(), z.number().nullable()),
  /** Why it was moved here. */
  reason: z.string(),
  /** Who or what decided. */
  decidedBy: z.string(),
  decidedAt: z.iso.datetime(),
  /** The one before it; null for the first. */
  before: pointer.nullable(),
});

/** A model in the store, of a run. */
export type Model = Readonly<z.output<typeof pointer>>;

export type Champion = Readonly<z.output<typeof championSchema>>;

/** A model that may become champion. */
export type Candidate = Pick<Champion, 'timestamp' | 'runId' | 'model' | 'sha256' | 'scores'>;

/** Who or what makes it champion, when and why. */
export type Decision = Pick<Champion, 'reason' | 'decidedBy' | 'decidedAt'>;
