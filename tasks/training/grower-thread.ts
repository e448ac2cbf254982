import { parentPort } from 'node:worker_threads';
import type { TrainingMemory } from '../forest/training-memory.ts';
import { type Tree, TreeGrower } from '../forest/tree-grower.ts';

/** What a thread gets: the same order for all, but for its workspace. */
export interface GrowOrder {
  readonly training: TrainingMemory;
  /** Four counters, all 0, through which the threads share out the work. */
  readonly progress: SharedArrayBuffer;
  readonly trees: readonly { readonly number: number; readonly seed: number }[];
  readonly workspace: number;
}

export interface GrownTree {
  readonly number: number;
  readonly tree: Tree;
}

/** The counters: features taken, features ranked, words of a record (0 until the rows are packed), trees taken. */
const [FEATURES, RANKED, WORDS, TREES] = [0, 1, 2, 3];

// listens on, so that a thread that exits has died
parentPort?.on('message', ({ training, progress, trees, workspace }: GrowOrder) => {
  const counters = new Int32Array(progress);
  const grower = new TreeGrower(training, workspace);
  for (let f = take(counters, FEATURES); f < training.features; f = take(counters, FEATURES)) {
    grower.rank(f);
    if (take(counters, RANKED) + 1 === training.features) announce(counters, grower.pack());
  }
  Atomics.wait(counters, WORDS, 0);
  grower.useRecords(Atomics.load(counters, WORDS));
  for (let t = take(counters, TREES); ; t = take(counters, TREES)) {
    const next = trees[t];
    if (!next) break;
    send({ number: next.number, tree: grower.grow(next.seed) });
  }
});

function take(counters: Int32Array, counter: number): number {
  return Atomics.add(counters, counter, 1);
}

function announce(counters: Int32Array, words: number): void {
  Atomics.store(counters, WORDS, words);
  Atomics.notify(counters, WORDS);
}

function send(grown: GrownTree): void {
  parentPort?.postMessage(
    grown,
    Object.values<Required<Tree>[keyof Tree]>({ ...grown.tree }).map(({ buffer }) => buffer),
  );
}
