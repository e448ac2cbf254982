import type { Forest } from '../forest/forest.ts';
import type { Prediction } from '../forest/predict.ts';
import { joinParts } from '../loans/join-parts.ts';
import type { LoanBlock } from '../loans/read-loans.ts';
import { predictBlocks } from './predict-blocks.ts';
import type { ScoredRows } from './scored-rows.ts';

const sampleRows = 10_000;

/** Loans with their features. */
export interface Sample {
  readonly rows: number;
  /** In the model's order; NaN where a value is missing. */
  readonly features: readonly Float64Array[];
  readonly labels: Uint8Array;
}

export interface ScoredLoans {
  readonly scored: ScoredRows;
  /** The first loans: at most 10,000, and no more than a block has. */
  readonly sample: Sample;
}

/** Predicts the loans block by block, which may all be read into the same arrays: the features of all loans would be too many to hold. */
export async function scoreLoans(
  forest: Forest,
  blocks: AsyncIterable<LoanBlock>,
  signal: AbortSignal,
  threads?: number,
): Promise<ScoredLoans> {
  const kept = new KeptRows();
  const predictions = await predictBlocks(forest, kept.takenFrom(blocks), signal, threads);
  return { scored: joinBlocks(kept.labels, predictions), sample: kept.sample };
}

/** What is kept of each block. */
class KeptRows {
  readonly labels: Uint8Array<ArrayBuffer>[] = [];
  sample: Sample = { rows: 0, features: [], labels: new Uint8Array() };

  async *takenFrom(blocks: AsyncIterable<LoanBlock>): AsyncGenerator<LoanBlock> {
    for await (const block of blocks) {
      if (this.labels.length === 0) this.sample = firstRows(block);
      this.labels.push(block.labels.slice());
      yield block;
    }
  }
}

function firstRows({ features, labels }: LoanBlock): Sample {
  const first = labels.slice(0, sampleRows);
  return { rows: first.length, features: features.map((values) => values.slice(0, sampleRows)), labels: first };
}

function joinBlocks(labels: readonly Uint8Array<ArrayBuffer>[], blocks: readonly Prediction[]): ScoredRows {
  const rows = labels.reduce((sum, { length }) => sum + length, 0);
  const probabilities = blocks.map((block) => block.probabilities);
  const predictions = blocks.map((block) => block.predictions);
  return {
    labels: joinParts(labels, new Uint8Array(rows)),
    probabilities: joinParts(probabilities, new Float64Array(rows)),
    predictions: joinParts(predictions, new Uint8Array(rows)),
  };
}
