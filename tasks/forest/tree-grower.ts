import { Kernel } from './kernel.ts';
import type { TrainingMemory } from './training-memory.ts';

/** A tree's nodes, depth first, as `GrownForest` describes them. */
export interface Tree {
  readonly feature: Int32Array<ArrayBuffer>;
  readonly threshold: Float64Array<ArrayBuffer>;
  readonly childrenRight: Int32Array<ArrayBuffer>;
  readonly weight0: Uint32Array<ArrayBuffer>;
  readonly weight1: Uint32Array<ArrayBuffer>;
  readonly nNodeSamples: Uint32Array<ArrayBuffer>;
  readonly impurity: Float64Array<ArrayBuffer>;
  readonly missingGoToLeft?: Uint8Array<ArrayBuffer>;
}

const WORD_BITS = 64;
/** One thread's part in growing a forest: every feature has to be ranked, then the rows packed, before a tree can grow. */
export class TreeGrower {
  readonly #kernel: Kernel;
  readonly #rows: number;
  readonly #features: number;
  readonly #missingValues: boolean;
  #recordWords = 0;

  /** `workspace` is a number below `workspaces`, of which no other thread makes use. */
  constructor(memory: TrainingMemory, workspace: number) {
    const { rows, features, missingValues, maxDepth, maxFeatures, workspaceStart, workspaceBytes } = memory;
    this.#kernel = new Kernel(memory.memory);
    this.#rows = rows;
    this.#features = features;
    this.#missingValues = missingValues;
    this.#kernel.call('layOutTrainingSet', rows, features, Number(missingValues));
    this.#kernel.call('layOutWorkspace', workspaceStart + workspace * workspaceBytes, maxDepth, maxFeatures);
  }

  /** Replaces a feature's values by their ranks. */
  rank(feature: number): void {
    this.#kernel.call('rankColumn', feature);
  }

  /** Makes a record of each row; returns how many words a record has, which every other grower needs. */
  pack(): number {
    const words = this.#placeFields();
    this.useRecords(words);
    this.#kernel.call('packLabels');
    // a call for each feature: V8 replaces its first, slow code of a function only between calls
    for (let feature = 0; feature < this.#features; feature++) this.#kernel.call('packRanks', feature);
    return words;
  }

  useRecords(words: number): void {
    this.#recordWords = words;
    this.#kernel.call('shapeRecords', words, 0);
  }

  grow(seed: number): Tree {
    const nodes = this.#kernel.call('growTree', seed) || this.#growWide(seed);
    return {
      feature: this.#kernel.integers('grownFeature', nodes).slice(),
      threshold: this.#kernel.doubles('grownThreshold', nodes).slice(),
      childrenRight: this.#kernel.integers('grownChildrenRight', nodes).slice(),
      weight0: this.#kernel.words('grownWeight0', nodes).slice(),
      weight1: this.#kernel.words('grownWeight1', nodes).slice(),
      nNodeSamples: this.#kernel.words('grownSamples', nodes).slice(),
      impurity: this.#kernel.doubles('grownImpurity', nodes).slice(),
      ...(this.#missingValues && { missingGoToLeft: this.#kernel.bytes('grownMissingGoToLeft', nodes).slice() }),
    };
  }

  /** Of a tree in which some row is drawn so often that its weight needs a word of its own. */
  #growWide(seed: number): number {
    this.#kernel.call('shapeRecords', this.#recordWords, 1);
    const nodes = this.#kernel.call('growTree', seed);
    this.#kernel.call('shapeRecords', this.#recordWords, 0);
    return nodes;
  }

  /** Gives each feature the bits that its ranks need, in the first word that has them. */
  #placeFields(): number {
    const kernel = this.#kernel;
    const fieldWords = kernel.constant('FEATURE_FIELD_BYTES') / Uint32Array.BYTES_PER_ELEMENT;
    const distinct = kernel.constant('FEATURE_FIELD_DISTINCT') / Uint32Array.BYTES_PER_ELEMENT;
    const missing = kernel.constant('FEATURE_FIELD_MISSING') / Uint32Array.BYTES_PER_ELEMENT;
    const fields = kernel.words('fields', this.#features * fieldWords);
    // the first word begins with the label and the weight
    const used = [kernel.constant('HEAD_BITS')];
    for (let field = 0; field < fields.length; field += fieldWords) {
      const highestRank = fields[field + missing] || fields[field + distinct] - 1;
      const bits = 32 - Math.clz32(highestRank);
      let word = used.findIndex((start) => start + bits <= WORD_BITS);
      if (word < 0) word = used.push(0) - 1;
      fields.set([8 * this.#rows * word, used[word], 2 ** bits - 1], field);
      used[word] += bits;
    }
    return used.length;
  }
}
