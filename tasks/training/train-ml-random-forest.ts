import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Forest } from '../forest/forest.ts';
import type { ForestParameters } from '../forest/grow-forest.ts';
import type { TrainingData } from '../forest/training-data.ts';
import { refuseTooManyRows } from './ml-random-forest-engine.ts';

/**
 * `trainWithMlRandomForest` on a thread of its own, which is ended when the signal is aborted.
 * @throws TooManyRows above the engine's limit
 */
export async function trainMlRandomForest(
  data: TrainingData,
  parameters: ForestParameters,
  signal: AbortSignal,
): Promise<Forest> {
  refuseTooManyRows(data.labels.length);
  signal.throwIfAborted();
  const workerData = { data, parameters };
  const worker = new Worker(new URL('./ml-random-forest-thread.ts', import.meta.url), { workerData });
  try {
    for await (const [forest] of on(worker, 'message', { signal, close: ['exit'] })) return forest;
    throw new Error('the training thread exited before it had a forest');
  } finally {
    await worker.terminate();
  }
}
