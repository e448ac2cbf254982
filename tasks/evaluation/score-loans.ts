import type { Forest } from '../forest/forest.ts';
import type { Prediction } from '../forest/predict.ts';
import { joinParts } from '../loans/join-parts.ts';
import type { LoanBlock } from '../loans/read-loans.ts';
import { type GroupedRows, type Grouping, groupRows } from './credit/groups.ts';
import { MOST_ROWS, type Sample } from './credit/sample.ts';
import { predictBlocks } from './predict-blocks.ts';
import type { ScoredRows } from './scored-rows.ts';

export interface ScoredLoans {
  readonly scored: ScoredRows;
  /** The first loans: no more than a credit report takes, and than a block has. */
  readonly sample: Sample;
  readonly groups: readonly GroupedRows[];
}

/** Predicts the loans block by block, which may all be read into the same arrays: the features of all loans would be too many to hold. */
export async function scoreLoans(
  forest: Forest,
  groupings: readonly Grouping[],
  blocks: AsyncIterable<LoanBlock>,
  signal: AbortSignal,
  threads?: number,
): Promise<ScoredLoans> {
  const kept = new KeptRows(groupings);
  const predictions = await predictBlocks(forest, kept.takenFrom(blocks), signal, threads);
  return { scored: joinBlocks(kept.labels, predictions), sample: kept.sample, groups: kept.joinGroups() };
}

/** What is kept of each block. */
class KeptRows {
  readonly labels: Uint8Array<ArrayBuffer>[] = [];
  sample: Sample = { features: [], labels: new Uint8Array() };
  readonly #groupings: readonly Grouping[];
  readonly #groups: GroupedRows[][] = [];

  constructor(groupings: readonly Grouping[]) {
    this.#groupings = groupings;
  }

  joinGroups(): GroupedRows[] {
    return this.#groupings.map((grouping, g) => {
      const parts = this.#groups.map((block) => block[g]?.groupOfRow ?? new Uint8Array());
      const rows = parts.reduce((sum, { length }) => sum + length, 0);
      return { grouping, groupOfRow: joinParts(parts, new Uint8Array(rows)) };
    });
  }

  async *takenFrom(blocks: AsyncIterable<LoanBlock>): AsyncGenerator<LoanBlock> {
    for await (const block of blocks) {
      if (this.labels.length === 0) this.sample = firstRows(block);
      this.labels.push(block.labels.slice());
      this.#groups.push(groupRows(this.#groupings, block.features));
      yield block;
    }
  }
}

function firstRows({ features, labels }: LoanBlock): Sample {
  return { features: features.map((values) => values.slice(0, MOST_ROWS)), labels: labels.slice(0, MOST_ROWS) };
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
