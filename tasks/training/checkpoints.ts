import { messageOf } from '../artifacts/message-of.ts';
import type { ObjectStore } from '../artifacts/stores/object-store.ts';
import { readAll } from '../artifacts/stores/read-all.ts';
import type { Tree } from '../forest/tree-grower.ts';
import { decodeBlock, encodeBlock } from './tree-block.ts';

/** Where the finished blocks of a fit are kept, and how many trees it has in all. */
export interface CheckpointPlace {
  readonly store: ObjectStore;
  /** Of the keys; names the data and the parameters of the fit, so that what is found there can always be used. */
  readonly prefix: string;
  readonly trees: number;
}

/** Finished blocks of a fit's trees, all of one size, saved while the others grow. What is not saved is grown again. */
export class Checkpoints {
  readonly #place: CheckpointPlace;
  readonly #warn: (message: string) => void;
  readonly #trees = new Map<number, Tree>();
  readonly #saved = new Set<number>();
  #isSaving = false;
  #saving = Promise.resolve();

  /** `warn` gets a block that cannot be saved or read, which does no harm. */
  constructor(place: CheckpointPlace, warn: (message: string) => void) {
    this.#place = place;
    this.#warn = warn;
  }

  /** At most a tenth of the forest. */
  get #blockTrees(): number {
    return Math.max(1, Math.floor(this.#place.trees / 10));
  }

  /** The trees that earlier attempts have saved, by their number. */
  async load(): Promise<ReadonlyMap<number, Tree>> {
    try {
      for await (const { key } of this.#place.store.list(this.#place.prefix)) await this.#loadBlock(key);
    } catch (error) {
      this.#warn(`checkpoints cannot be read, so that every tree is grown: ${messageOf(error)}`);
    }
    return new Map(this.#trees);
  }

  async #loadBlock(key: string): Promise<void> {
    const first = Number(key.slice(this.#place.prefix.length).split('-')[0]);
    if (key !== this.#keyOf(first)) return;
    const object = await this.#place.store.get(key);
    if (!object) return;
    const bytes = await readAll(object.body);
    const trees = decodeBlock(key, bytes);
    if (!trees) this.#warn(`${key} is damaged: its trees are grown again`);
    else this.#saved.add(first);
    for (const [i, tree] of trees?.entries() ?? []) this.#trees.set(first + i, tree);
  }

  /** Takes a grown tree; its block is saved as soon as it is finished, once saving has begun. */
  add(number: number, tree: Tree): void {
    this.#trees.set(number, tree);
    if (this.#isSaving) this.#saving = this.#saving.then(() => this.#saveFinished());
  }

  /** Saves the blocks that are finished, and from now on every block as soon as it is. */
  async save(): Promise<void> {
    this.#isSaving = true;
    this.#saving = this.#saving.then(() => this.#saveFinished());
    await this.#saving;
  }

  /** Saves no more; what is being saved is waited for. */
  async close(): Promise<void> {
    this.#isSaving = false;
    await this.#saving;
  }

  async #saveFinished(): Promise<void> {
    for (let first = 0; first < this.#place.trees && this.#isSaving; first += this.#blockTrees) {
      const trees = this.#saved.has(first) ? undefined : this.#finishedTrees(first);
      if (!trees) continue;
      this.#saved.add(first);
      await this.#saveBlock(this.#keyOf(first), trees);
    }
  }

  async #saveBlock(key: string, trees: readonly Tree[]): Promise<void> {
    try {
      await this.#place.store.put(key, encodeBlock(key, trees));
    } catch (error) {
      this.#warn(`${key} cannot be saved: ${messageOf(error)}`);
    }
  }

  #finishedTrees(first: number): Tree[] | undefined {
    const trees: Tree[] = [];
    for (let number = first; number < this.#endOf(first); number++) {
      const tree = this.#trees.get(number);
      if (!tree) return undefined;
      trees.push(tree);
    }
    return trees;
  }

  #endOf(first: number): number {
    return Math.min(first + this.#blockTrees, this.#place.trees);
  }

  #keyOf(first: number): string {
    return `${this.#place.prefix}${first}-${this.#endOf(first) - 1}`;
  }
}
