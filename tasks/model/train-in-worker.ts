import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Forest } from '../forest/forest.ts';
import { type ForestParameters, refuseTooManyRows, type TrainingData } from './ml-random-forest-engine.ts';

/**
 * Trains ml-random-forest on a thread of its own, which is ended when the signal is aborted.
 * @throws TooManyRows above the engine's limit
 */
export async function trainInWorker(
  data: TrainingData,
  parameters: ForestParameters,
  signal: AbortSignal,
): Promise<Forest> {
  refuseTooManyRows(data.labels.length);
  signal.throwIfAborted();
  const worker = new Worker(new URL('./training-worker.ts', import.meta.url), { workerData: { data, parameters } });
  const exited = once(worker, 'exit').then(([code]) => {
    throw new Error(`the training thread exited with ${code} before it had a forest`);
  });
  try {
    const [forest] = await Promise.race([once(worker, 'message', { signal }), exited]);
    return forest;
  } finally {
    exited.catch(() => {});
    await worker.terminate();
  }
}
