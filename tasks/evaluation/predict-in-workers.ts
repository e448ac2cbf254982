import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Forest } from '../forest/forest.ts';
import { type Prediction, predict } from '../forest/predict.ts';
import { usableCpus } from '../runtime/cpu-limit.ts';

/** Fewer are predicted sooner here than another thread starts and gets a forest of its own. */
const fewestRowsEach = 262_144;

/** What `predict` says of the rows, from as many threads as pay; those beside this one are ended when the signal is aborted. */
export async function predictInWorkers(
  forest: Forest,
  columns: readonly Float64Array[],
  rows: number,
  signal: AbortSignal,
  threads = Math.min(usableCpus(), Math.ceil(rows / fewestRowsEach)),
): Promise<Prediction> {
  if (threads === 1) return predict(forest, columns, rows);
  const starts = Array.from({ length: threads + 1 }, (_, thread) => Math.floor((thread * rows) / threads));
  const parts = await Promise.all(
    starts.slice(1).map((end, thread) => {
      const part = columns.map((column) => column.slice(starts[thread], end));
      return predictInWorker(forest, part, end - (starts[thread] ?? 0), signal);
    }),
  );
  const prediction = { probabilities: new Float64Array(rows), predictions: new Uint8Array(rows) };
  for (const [thread, { probabilities, predictions }] of parts.entries()) {
    prediction.probabilities.set(probabilities, starts[thread]);
    prediction.predictions.set(predictions, starts[thread]);
  }
  return prediction;
}

async function predictInWorker(
  forest: Forest,
  columns: readonly Float64Array<ArrayBuffer>[],
  rows: number,
  signal: AbortSignal,
): Promise<Prediction> {
  signal.throwIfAborted();
  const worker = new Worker(new URL('./prediction-worker.ts', import.meta.url), {
    workerData: { forest, columns, rows },
    transferList: columns.map(({ buffer }) => buffer),
  });
  try {
    const [prediction] = await once(worker, 'message', { signal });
    return prediction;
  } finally {
    await worker.terminate();
  }
}
