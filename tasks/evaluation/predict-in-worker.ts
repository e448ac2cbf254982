import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Forest } from '../forest/forest.ts';
import type { Prediction } from '../forest/predict.ts';

/** What `predict` says of the rows, from a thread of its own, which is ended when the signal is aborted. */
export async function predictInWorker(
  forest: Forest,
  columns: readonly Float64Array[],
  rows: number,
  signal: AbortSignal,
): Promise<Prediction> {
  signal.throwIfAborted();
  const workerData = { forest, columns, rows };
  const worker = new Worker(new URL('./prediction-worker.ts', import.meta.url), { workerData });
  try {
    const [prediction] = await once(worker, 'message', { signal });
    return prediction;
  } finally {
    await worker.terminate();
  }
}
