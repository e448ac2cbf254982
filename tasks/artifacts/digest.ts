import { createHash } from 'node:crypto';

/** SHA-256 and length of bytes that stream by. */
export class Digest {
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #sha256: string | undefined;

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.#bytes += chunk.byteLength;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Lower-case hex; ends the stream. */
  get sha256(): string {
    this.#sha256 ??= this.#hash.digest('hex');
    return this.#sha256;
  }
}

export async function digestOf(body: AsyncIterable<Uint8Array>): Promise<Digest> {
  const digest = new Digest();
  for await (const chunk of body) digest.update(chunk);
  return digest;
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
