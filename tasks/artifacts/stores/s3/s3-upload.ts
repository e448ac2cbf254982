import { Readable } from 'node:stream';
import { Upload } from '@aws-sdk/lib-storage';
import type { Body, Condition, ObjectInfo, PutOptions } from '../object-store.ts';
import type { S3Connection } from './s3-connection.ts';

const PART_BYTES = 8 * 1024 * 1024;
const PARTS_IN_FLIGHT = 3;

/**
 * Sends the body, as one put or in parts when it is longer than one, in constant memory. The server verifies a SHA-256
 * of the whole or of each part. What fails, the body above all, leaves no parts behind.
 */
export async function uploadToS3(s3: S3Connection, key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
  const counted = new CountedBody(body);
  const upload = new Upload({
    client: s3.client,
    partSize: PART_BYTES,
    queueSize: PARTS_IN_FLIGHT,
    params: {
      Bucket: s3.bucket,
      Key: key,
      Body: Readable.from(counted),
      ChecksumAlgorithm: 'SHA256',
      ...(options.contentType && { ContentType: options.contentType }),
      ...conditionHeaders(options.condition),
    },
  });
  const { ETag = '' } = await upload.done().catch((error: unknown) => counted.rethrowOwn(error));
  return { size: counted.size, etag: ETag };
}

function conditionHeaders(condition: Condition | undefined): { IfNoneMatch?: '*'; IfMatch?: string } {
  if (!condition) return {};
  return 'ifAbsent' in condition ? { IfNoneMatch: '*' } : { IfMatch: condition.ifMatch };
}

/** Counts what passes, and remembers the body's own error: giving its parts up may fail too and hide it. */
class CountedBody {
  size = 0;
  #failed: { readonly error: unknown } | undefined;
  readonly #body: Body;

  constructor(body: Body) {
    this.#body = body;
  }

  /** Without `throw`, through which a stream that is given up would push an error of its own into the body. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    const chunks = chunksOf(this.#body);
    return { next: () => this.#next(chunks), return: () => chunks.return(undefined) };
  }

  async #next(chunks: AsyncGenerator<Uint8Array, undefined>): Promise<IteratorResult<Uint8Array>> {
    try {
      const next = await chunks.next();
      this.size += next.value?.byteLength ?? 0;
      return next;
    } catch (error) {
      this.#failed = { error };
      throw error;
    }
  }

  rethrowOwn(error: unknown): never {
    throw this.#failed ? this.#failed.error : error;
  }
}

async function* chunksOf(body: Body): AsyncGenerator<Uint8Array, undefined> {
  yield* body instanceof Uint8Array ? [body] : body;
}
