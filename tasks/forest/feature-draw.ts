import { Xorshift } from './xorshift.ts';

/**
 * The order in which scikit-learn's best splitter visits the features of a tree's nodes. Features found constant are
 * drawn again in no node below; the order is never reset between nodes.
 */
export class FeatureDraw {
  readonly #features: Int32Array;
  readonly #constants: Int32Array;
  readonly #maxFeatures: number;
  readonly #random: Xorshift;
  #known = 0;
  #found = 0;
  #drawn = 0;
  #visited = 0;
  #undrawn = 0;
  #position = 0;

  /** `seed` is the splitter's start number. */
  constructor(features: number, maxFeatures: number, seed: number) {
    this.#features = Int32Array.from({ length: features }, (_, f) => f);
    this.#constants = new Int32Array(features);
    this.#maxFeatures = maxFeatures;
    this.#random = new Xorshift(seed);
  }

  /** Begins a node in which `known` features are known to be constant. */
  begin(known: number): void {
    this.#known = known;
    this.#found = 0;
    this.#drawn = 0;
    this.#visited = 0;
    this.#undrawn = this.#features.length;
  }

  /** The next feature to look at, or -1; each must be answered by `constant` or `split` before the next. */
  next(): number {
    const known = this.#known;
    while (
      this.#undrawn > known + this.#found &&
      (this.#visited < this.#maxFeatures || this.#visited <= this.#found + this.#drawn)
    ) {
      this.#visited++;
      const j = this.#random.integer(this.#drawn, this.#undrawn - this.#found);
      if (j >= known) {
        this.#position = j + this.#found;
        return this.#features[this.#position];
      }
      this.#swap(this.#drawn++, j);
    }
    return -1;
  }

  /** The feature drawn last is constant in this node. */
  constant(): void {
    this.#swap(this.#position, this.#known + this.#found);
    this.#found++;
  }

  /** The feature drawn last is not. */
  split(): void {
    this.#undrawn--;
    this.#swap(this.#undrawn, this.#position);
  }

  /** Ends the node; returns how many features its children know to be constant. */
  end(): number {
    const known = this.#known;
    const total = known + this.#found;
    // drawing stirred the known constants, whose order the other nodes share
    this.#features.set(this.#constants.subarray(0, known));
    this.#constants.set(this.#features.subarray(known, total), known);
    return total;
  }

  #swap(a: number, b: number): void {
    const feature = this.#features[a];
    this.#features[a] = this.#features[b];
    this.#features[b] = feature;
  }
}
