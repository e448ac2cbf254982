import type { Forest } from '../forest/forest.ts';
import { type Prediction, Predictor, rowsAtATime } from '../forest/predict.ts';
import type { LoanBlock } from '../loans/read-loans.ts';
import { usableCpus } from '../runtime/cpu-limit.ts';
import { PredictionThread } from './prediction-thread.ts';

/** Nodes that rows pass in some seconds at most: a store gives up a reader that pauses for ten. */
const mostSteps = 2 ** 28;

/** How many rows a block is to have: as many as are predicted fastest, but fewer where the forest is large. */
export function rowsInBlock({
  feature,
  featureNames,
  treeStart,
}: Pick<Forest, 'feature' | 'featureNames' | 'treeStart'>): number {
  const trees = treeStart.length - 1;
  const stepsOfRow = trees * Math.log2(1 + feature.length / trees);
  return Math.ceil(Math.min(rowsAtATime(featureNames.length), mostSteps / stepsOfRow));
}

/**
 * What the forest says of each block; the next one may be read into the same arrays. The last of `threads` is this one, which
 * reads them too; the others are ended when the signal is aborted. A single block is predicted here, sooner than another
 * thread starts and gets a forest of its own.
 */
export async function predictBlocks(
  forest: Forest,
  blocks: AsyncIterable<LoanBlock>,
  signal: AbortSignal,
  threads = usableCpus(),
): Promise<Prediction[]> {
  const here = new Predictor(forest);
  const others: PredictionThread[] = [];
  const predictions: Promise<Prediction>[] = [];
  try {
    for await (const block of blocks) {
      const turn = predictions.length % threads;
      const isOnly = block.isLast && predictions.length === 0;
      if (turn === threads - 1 || isOnly) predictions.push(Promise.resolve(here.predict(block.features, block.rows)));
      else {
        others[turn] ??= new PredictionThread(forest, signal);
        // its block before this one
        await predictions.at(-threads);
        predictions.push(others[turn].predict(block));
        // thrown where it is awaited
        predictions.at(-1)?.catch(() => {});
      }
    }
    return await Promise.all(predictions);
  } finally {
    await Promise.all(others.map((thread) => thread.end()));
  }
}
