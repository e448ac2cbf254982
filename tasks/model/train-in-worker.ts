import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Forest } from '../forest/forest.ts';
import type { ForestParameters } from '../forest/grow-forest.ts';
import type { TrainingData } from '../forest/training-set.ts';
import type { ForestEngine } from '../runtime/config.ts';
import { refuseTooManyRows } from './ml-random-forest-engine.ts';

/**
 * Trains with the engine on a thread of its own, which is ended when the signal is aborted. `onTree` hears how many trees
 * are grown, from an engine that can tell.
 * @throws TooManyRows above the limit of ml-random-forest
 */
export async function trainInWorker(
  engine: ForestEngine,
  data: TrainingData,
  parameters: ForestParameters,
  onTree: (grown: number) => void,
  signal: AbortSignal,
): Promise<Forest> {
  if (engine === 'ml-random-forest') refuseTooManyRows(data.labels.length);
  signal.throwIfAborted();
  const workerData = { engine, data, parameters };
  const worker = new Worker(new URL('./training-worker.ts', import.meta.url), { workerData });
  try {
    for await (const [{ grown, forest }] of on(worker, 'message', { signal, close: ['exit'] })) {
      if (forest) return forest;
      onTree(grown);
    }
    throw new Error('the training thread exited before it had a forest');
  } finally {
    await worker.terminate();
  }
}
