import { readFileSync } from 'node:fs';

const binary = new WebAssembly.Module(readFileSync(new URL('./kernel/kernel.wasm', import.meta.url)));

/** The kernel's functions, as `kernel/index.ts` exports them. */
const functionNames = [
  'growTree',
  'layOutPrediction',
  'layOutTrainingSet',
  'layOutWorkspace',
  'orderRows',
  'packRows',
  'placeNodes',
  'predictBlock',
  'rankColumn',
  'shapeRecords',
] as const;

const addressNames = [
  'columns',
  'fields',
  'labels',
  'nodeChildrenRight',
  'nodeFeature',
  'nodeFeatures',
  'nodeImpurity',
  'nodeRights',
  'nodeSamples',
  'nodeThreshold',
  'nodeThresholds',
  'nodeWeight0',
  'nodeWeight1',
  'nodeWeights0',
  'nodeWeights1',
  'predictions',
  'probabilities',
  'rowValues',
  'treeStarts',
] as const;

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
  }

  call(name: (typeof functionNames)[number], ...args: readonly number[]): number {
    const found = this.#exports[name];
    if (typeof found !== 'function') throw new TypeError(`expected the kernel to export ${name}: run npm run kernel`);
    return Number(found(...args));
  }

  floats(name: (typeof addressNames)[number], length: number): Float32Array<SharedArrayBuffer> {
    return new Float32Array(this.#buffer, this.address(name), length);
  }

  doubles(name: (typeof addressNames)[number], length: number): Float64Array<SharedArrayBuffer> {
    return new Float64Array(this.#buffer, this.address(name), length);
  }

  words(name: (typeof addressNames)[number], length: number): Uint32Array<SharedArrayBuffer> {
    return new Uint32Array(this.#buffer, this.address(name), length);
  }

  integers(name: (typeof addressNames)[number], length: number): Int32Array<SharedArrayBuffer> {
    return new Int32Array(this.#buffer, this.address(name), length);
  }

  bytes(name: (typeof addressNames)[number], length: number): Uint8Array<SharedArrayBuffer> {
    return new Uint8Array(this.#buffer, this.address(name), length);
  }

  address(name: (typeof addressNames)[number]): number {
    const found = this.#exports[name];
    const isGlobal = typeof found === 'object' && found !== null && 'value' in found;
    if (!isGlobal) throw new TypeError(`expected the kernel to export ${name}: run npm run kernel`);
    // addresses above 2^31 come as negative numbers
    return Number(found.value) >>> 0;
  }
}
