import { Worker } from 'node:worker_threads';
import { type ForestParameters, treeParameters, treeSeeds } from '../forest/grow-forest.ts';
import type { TrainingData } from '../forest/training-data.ts';
import { fillTrainingMemory } from '../forest/training-memory.ts';
import type { Tree } from '../forest/tree-grower.ts';
import type { GrownTree, GrowOrder } from './grower-thread.ts';

export interface Growth {
  readonly data: TrainingData;
  readonly parameters: ForestParameters;
  /** Trees that need not be grown, by their number. */
  readonly known: ReadonlyMap<number, Tree>;
  /** Gets each tree that was grown, by its number; trees come nearly in order. */
  onTree(number: number, tree: Tree): void;
}

/** Threads that grow the trees of one forest together. Which thread grows which tree is left to chance, without effect. */
export class GrowerThreads implements AsyncDisposable {
  readonly #workers: readonly Worker[];

  /** Starts the threads, to be ready by the time that there is something to grow. */
  constructor(threads: number) {
    const entry = new URL('./grower-thread.ts', import.meta.url);
    this.#workers = Array.from({ length: threads }, () => new Worker(entry));
  }

  /**
   * The trees of the forest that `growForest` grows, in order.
   * Throws what `fillTrainingMemory` throws, the signal's reason when it is aborted, and an Error when a thread dies.
   */
  async grow({ data, parameters, known, onTree }: Growth, signal: AbortSignal): Promise<Tree[]> {
    signal.throwIfAborted();
    const trees = new Map(known);
    const missing = treeSeeds(parameters)
      .map((seed, number) => ({ number, seed }))
      .filter(({ number }) => !known.has(number));
    if (missing.length > 0) {
      const training = fillTrainingMemory(data, treeParameters(parameters, data.features.length), this.#workers.length);
      const progress = new SharedArrayBuffer(4 * Int32Array.BYTES_PER_ELEMENT);
      const order = { training, progress, trees: missing };
      const grown = this.#collect(missing.length, signal, (number, tree) => {
        trees.set(number, tree);
        onTree(number, tree);
      });
      for (const [workspace, worker] of this.#workers.entries()) {
        if (workspace < training.workspaces) worker.postMessage({ ...order, workspace } satisfies GrowOrder);
      }
      try {
        await grown;
      } catch (error) {
        // the other trees are no longer awaited
        await this[Symbol.asyncDispose]();
        throw error;
      }
    }
    return [...trees].sort(([a], [b]) => a - b).map(([, tree]) => tree);
  }

  /** Settles when the threads have sent so many trees. */
  #collect(count: number, signal: AbortSignal, onTree: Growth['onTree']): Promise<void> {
    return new Promise((resolve, reject) => {
      let missing = count;
      const receive = ({ number, tree }: GrownTree) => {
        onTree(number, tree);
        if (--missing === 0) resolve();
      };
      for (const worker of this.#workers) {
        worker.on('message', receive);
        worker.on('error', reject);
        worker.on('exit', () =>
          reject(new Error('expected every tree from the training threads, found one that exited')),
        );
      }
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
