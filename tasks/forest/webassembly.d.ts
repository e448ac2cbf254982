/** What the kernel needs of the global that TypeScript declares for browsers only. */
declare namespace WebAssembly {
  class Module {
    constructor(binary: Uint8Array);
  }
  class Memory {
    constructor(limits: { initial: number; maximum: number; shared: true });
    readonly buffer: SharedArrayBuffer;
  }
  class Instance {
    constructor(module: Module, imports: { readonly env: { readonly memory: Memory } });
    readonly exports: Readonly<Record<string, unknown>>;
  }
}
