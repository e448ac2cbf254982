import { readFileSync } from 'node:fs';

const binary = new WebAssembly.Module(readFileSync(new URL('./kernel/kernel.wasm', import.meta.url)));

/** What `kernel/index.ts` exports: functions, constants, and the addresses of columns by the type of their values. */
const names = {
  functions: [
    'growTree',
    'layOutPrediction',
    'layOutTrainingSet',
    'layOutWorkspace',
    'orderRows',
    'packLabels',
    'packRanks',
    'placeNodes',
    'predictBlock',
    'rankColumn',
    'shapeRecords',
  ],
  constants: ['BLOCK_ROWS', 'FEATURE_FIELD_BYTES', 'FEATURE_FIELD_DISTINCT', 'FEATURE_FIELD_MISSING', 'HEAD_BITS'],
  floats: ['columns', 'rowValues', 'walkedThreshold'],
  doubles: ['grownImpurity', 'grownThreshold', 'probabilities'],
  words: ['fields', 'grownSamples', 'grownWeight0', 'grownWeight1', 'treeStarts', 'walkedWeight0', 'walkedWeight1'],
  integers: ['grownChildrenRight', 'grownFeature', 'walkedChildrenRight', 'walkedFeature'],
  bytes: ['grownMissingGoToLeft', 'labels', 'predictions'],
} as const;

type Name<Kind extends keyof typeof names> = (typeof names)[Kind][number];

/** As much as can be addressed with 32 bits. */
export const MAX_MEMORY_BYTES = 2 ** 32;

const PAGE_BYTES = 65_536;

/** A memory for kernels, all 0. Only what is touched of it takes the machine's. Throws a RangeError above what can be addressed. */
export function kernelMemory(bytes: number): WebAssembly.Memory {
  if (bytes > MAX_MEMORY_BYTES)
    throw new RangeError(`expected at most ${MAX_MEMORY_BYTES} bytes of memory, found ${bytes}`);
  const pages = Math.ceil(bytes / PAGE_BYTES);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}

/** The WebAssembly kernel on a memory, which may be shared with kernels on other threads. */
export class Kernel {
  readonly #buffer: SharedArrayBuffer;
  readonly #exports: Readonly<Record<string, unknown>>;

  constructor(memory: WebAssembly.Memory) {
    this.#buffer = memory.buffer;
    this.#exports = new WebAssembly.Instance(binary, { env: { memory } }).exports;
    const missing = Object.values(names)
      .flat()
      .filter((name) => !(name in this.#exports));
    if (missing.length > 0) throw new TypeError(`expected the kernel to export ${missing}: run npm run kernel`);
  }

  call(name: Name<'functions'>, ...args: readonly number[]): number {
    const found = this.#exports[name];
    if (typeof found !== 'function') throw new TypeError(`${name} of the kernel is no function`);
    return Number(found(...args));
  }

  constant(name: Name<'constants'>): number {
    return this.#global(name);
  }

  floats(name: Name<'floats'>, length: number): Float32Array<SharedArrayBuffer> {
    return new Float32Array(this.#buffer, this.#global(name), length);
  }

  doubles(name: Name<'doubles'>, length: number): Float64Array<SharedArrayBuffer> {
    return new Float64Array(this.#buffer, this.#global(name), length);
  }

  words(name: Name<'words'>, length: number): Uint32Array<SharedArrayBuffer> {
    return new Uint32Array(this.#buffer, this.#global(name), length);
  }

  integers(name: Name<'integers'>, length: number): Int32Array<SharedArrayBuffer> {
    return new Int32Array(this.#buffer, this.#global(name), length);
  }

  bytes(name: Name<'bytes'>, length: number): Uint8Array<SharedArrayBuffer> {
    return new Uint8Array(this.#buffer, this.#global(name), length);
  }

  #global(name: string): number {
    const found = this.#exports[name];
    const isGlobal = typeof found === 'object' && found !== null && 'value' in found;
    if (!isGlobal) throw new TypeError(`${name} of the kernel is no global`);
    // addresses above 2^31 come as negative numbers
    return Number(found.value) >>> 0;
  }
}
