const newline = 0x0a;

/** Cuts chunks into runs of whole lines; only a line that lies across chunks is copied. */
export class WholeLines {
  /** The line begun and not ended. */
  rest: Buffer = Buffer.alloc(0);

  /** The whole lines, each with its line end, that the chunk completes or holds. Chunks are kept until the next one. */
  *of(chunk: Uint8Array): Generator<Buffer> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const end = bytes.lastIndexOf(newline) + 1;
    const begun = this.rest;
    this.rest = end > 0 ? bytes.subarray(end) : Buffer.concat([begun, bytes]);
    const start = begun.length > 0 && end > 0 ? bytes.indexOf(newline) + 1 : 0;
    if (start > 0) yield Buffer.concat([begun, bytes.subarray(0, start)]);
    if (end > start) yield bytes.subarray(start, end);
  }
}
