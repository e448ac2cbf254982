/** The small generator with which scikit-learn's splitter draws features; its state is one 32-bit word. */
export class Xorshift {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** An integer, low <= value < high, by plain modulo. */
  integer(low: number, high: number): number {
    let x = this.#state === 0 ? 1 : this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return low + ((x & 0x7fffffff) % (high - low));
  }
}
