import { createHash } from 'node:crypto';
import type {
  Body,
  BucketSettings,
  Condition,
  ListedObject,
  ObjectInfo,
  ObjectStore,
  PutOptions,
  StoredObject,
} from '../../tasks/artifacts/stores/object-store.ts';
import { PreconditionFailed } from '../../tasks/artifacts/stores/store-errors.ts';

export interface StoredBytes {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

export type EtagOf = (bytes: Uint8Array) => string;

interface Behaviour {
  /** Some S3-compatible stores ignore the conditions of a write. */
  readonly conditions?: boolean;
  /** By default every write gets an etag of its own. */
  readonly etagOf?: EtagOf;
}

/** A store for unit tests: one object after another, whole, at once. */
export class MemoryStore implements ObjectStore {
  readonly url = 'memory:///';
  readonly objects: Map<string, StoredBytes>;
  /** What was asked of it, as `put some/key`. */
  readonly calls: string[] = [];
  readonly #conditions: boolean;
  readonly #etagOf: EtagOf;

  constructor({ conditions = true, etagOf = uniqueEtags() }: Behaviour = {}, objects = new Map<string, StoredBytes>()) {
    this.objects = objects;
    this.#conditions = conditions;
    this.#etagOf = etagOf;
  }

  textOf(key: string): string {
    return Buffer.from(this.#stored(key).bytes).toString();
  }

  etagOf(key: string): string {
    return this.#stored(key).etag;
  }

  /** Behind everybody's back, as a disk or a stranger does it. */
  damage(key: string, text: string, etag = 'damaged'): void {
    this.objects.set(key, { bytes: Buffer.from(text), etag });
  }

  #stored(key: string): StoredBytes {
    const object = this.objects.get(key);
    if (!object) throw new Error(`there is no ${key}`);
    return object;
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    this.calls.push(`head ${key}`);
    const object = this.objects.get(key);
    return object && infoOf(object);
  }

  async get(key: string): Promise<StoredObject | undefined> {
    this.calls.push(`get ${key}`);
    const object = this.objects.get(key);
    return object && { ...infoOf(object), body: inTwoChunks(object.bytes) };
  }

  async put(key: string, body: Body, { condition }: PutOptions = {}): Promise<ObjectInfo> {
    const bytes = await collect(body);
    this.calls.push(`put ${key}`);
    if (this.#conditions && !holds(condition, this.objects.get(key))) throw new PreconditionFailed(key);
    const object = { bytes, etag: this.#etagOf(bytes) };
    this.objects.set(key, object);
    return infoOf(object);
  }

  async *list(prefix: string): AsyncGenerator<ListedObject> {
    for (const key of [...this.objects.keys()].sort()) {
      const object = this.objects.get(key);
      if (object && key.startsWith(prefix)) yield { key, ...infoOf(object) };
    }
  }

  async delete(key: string): Promise<void> {
    this.calls.push(`delete ${key}`);
    this.objects.delete(key);
  }

  async ensureBucket(): Promise<void> {}

  async applyBucketSettings(): Promise<BucketSettings> {
    return {
      managed: true,
      region: null,
      publicAccessBlocked: null,
      encryption: null,
      abortUnfinishedUploadsAfterDays: null,
    };
  }
}

export function infoOf({ bytes, etag }: StoredBytes): ObjectInfo {
  return { size: bytes.byteLength, etag };
}

export function holds(condition: Condition | undefined, standing: StoredBytes | undefined): boolean {
  if (!condition) return true;
  return 'ifAbsent' in condition ? standing === undefined : standing?.etag === condition.ifMatch;
}

/** As S3 makes them for a single put: equal bytes have equal etags. */
export function contentEtag(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

function uniqueEtags(): EtagOf {
  let writes = 0;
  return () => `write-${++writes}`;
}

export async function collect(body: Body): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function* inTwoChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const middle = Math.ceil(bytes.byteLength / 2);
  yield bytes.subarray(0, middle);
  yield bytes.subarray(middle);
}
