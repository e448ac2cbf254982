import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Forest } from '../forest/forest.ts';
import type { Prediction } from '../forest/predict.ts';
import type { Loans } from '../loans/read-loans.ts';

/** Predicts rows on a thread of its own. */
export class PredictionThread {
  readonly #worker: Worker;
  readonly #signal: AbortSignal;

  constructor(forest: Forest, signal: AbortSignal) {
    this.#worker = new Worker(new URL('./prediction-worker.ts', import.meta.url), { workerData: forest });
    this.#signal = signal;
  }

  async predict({ features, rows }: Pick<Loans, 'features' | 'rows'>): Promise<Prediction> {
    this.#signal.throwIfAborted();
    // all that prediction takes of them, and half as large
    const columns = features.map((values) => new Float32Array(values));
    this.#worker.postMessage(
      { columns, rows },
      columns.map(({ buffer }) => buffer),
    );
    const [prediction] = await once(this.#worker, 'message', { signal: this.#signal });
    return prediction;
  }

  end(): Promise<number> {
    return this.#worker.terminate();
  }
}
