const words = 624;
const shift = 397;

/** The generator behind `numpy.random.RandomState(seed)`: MT19937, with numpy's way of drawing integers and shuffling. */
export class MersenneTwister {
  readonly #key = new Uint32Array(words);
  #position = words;

  /** `seed` is an integer, 0 <= seed < 2^32. */
  constructor(seed: number) {
    const key = this.#key;
    key[0] = seed;
    for (let i = 1; i < words; i++) key[i] = Math.imul(1812433253, key[i - 1] ^ (key[i - 1] >>> 30)) + i;
  }

  /** The next 32 random bits, as an unsigned integer. */
  next32(): number {
    if (this.#position === words) this.#refill();
    let y = this.#key[this.#position++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** A uniform integer, 0 <= value <= max < 2^32, by masked rejection. Draws nothing when max is 0. */
  interval(max: number): number {
    if (max === 0) return 0;
    const mask = 0xffffffff >>> Math.clz32(max);
    let value = (this.next32() & mask) >>> 0;
    while (value > max) value = (this.next32() & mask) >>> 0;
    return value;
  }

  /** A uniform integer, low <= value < high. */
  randint(low: number, high: number): number {
    return low + this.interval(high - 1 - low);
  }

  /** Shuffles in place. */
  shuffle(values: Uint32Array): void {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.interval(i);
      const value = values[i];
      values[i] = values[j];
      values[j] = value;
    }
  }

  /** The numbers 0 to n - 1, shuffled. */
  permutation(n: number): Uint32Array {
    const values = Uint32Array.from({ length: n }, (_, i) => i);
    this.shuffle(values);
    return values;
  }

  /**
   * How often each integer from 0 to n - 1 comes up in n draws of `randint(0, n)`, n > 0. The array may be longer than n:
   * what stands behind is of no meaning.
   */
  countDraws(n: number): Uint16Array {
    if (n === 1) return Uint16Array.of(1);
    const mask = 0xffffffff >>> Math.clz32(n - 1);
    const counts = new Uint16Array(mask + 1);
    // rejected values are counted behind the others: cheaper than an unpredictable branch
    for (let draws = 0; draws < n; ) {
      const value = this.next32() & mask;
      counts[value]++;
      draws += (value - n) >>> 31;
    }
    return counts;
  }

  #refill(): void {
    const key = this.#key;
    for (let i = 0; i < words - shift; i++) key[i] = key[i + shift] ^ twist(key[i], key[i + 1]);
    for (let i = words - shift; i < words - 1; i++) key[i] = key[i + shift - words] ^ twist(key[i], key[i + 1]);
    key[words - 1] = key[shift - 1] ^ twist(key[words - 1], key[0]);
    this.#position = 0;
  }
}

function twist(word: number, next: number): number {
  return (((word & 0x80000000) | (next & 0x7fffffff)) >>> 1) ^ (-(next & 1) & 0x9908b0df);
}
