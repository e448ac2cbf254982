/**
 * Where artifacts, markers, run records and logs live. Keys are relative to the store's prefix and use `/`.
 * Both adapters (S3, a directory) are held to `test/contract/object-store.contract.ts`.
 */
export interface ObjectStore {
  /** For people: `s3://bucket/prefix` or `file:///directory`, without credentials. */
  readonly url: string;

  /** Size and etag, or undefined where there is no such object (or no bucket yet). */
  head(key: string): Promise<ObjectInfo | undefined>;

  /** The object as it stood at one moment: a later overwrite never mixes into the body. */
  get(key: string): Promise<StoredObject | undefined>;

  /**
   * Writes the object whole or not at all; the store itself verifies what arrives (S3: SHA-256 checksums).
   * When the body throws, nothing is left behind and that error is rethrown as it is.
   * @throws PreconditionFailed when `condition` does not hold at the moment of the write; never before the body's end
   * @throws MissingBucket when the bucket does not exist
   */
  put(key: string, body: Body, options?: PutOptions): Promise<ObjectInfo>;

  /** Objects whose key starts with `prefix`, in key order. */
  list(prefix: string): AsyncIterable<ListedObject>;

  /** Removes the object; one that is not there is fine. */
  delete(key: string): Promise<void>;

  /** Creates the bucket (marked as ours) where there is none; an existing one is left as it is. */
  ensureBucket(): Promise<void>;

  /**
   * Applies the product's settings to a bucket marked as ours; changes no other. Returns the settings that it has then.
   * What the store does not support is passed to `warn` in one sentence.
   */
  applyBucketSettings(warn: (message: string) => void): Promise<BucketSettings>;
}

export interface ObjectInfo {
  /** Bytes. */
  readonly size: number;
  /** Opaque. Changes whenever the bytes do; the same bytes written again may keep it (S3). */
  readonly etag: string;
}

export interface StoredObject extends ObjectInfo {
  /** To be read, or left early by `break`: it holds a descriptor or a connection until then. */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface ListedObject extends ObjectInfo {
  readonly key: string;
}

export type Body = Uint8Array | AsyncIterable<Uint8Array>;

/** `ifMatch`: only over the object with this etag. `ifAbsent`: only where there is none. */
export type Condition = { readonly ifMatch: string } | { readonly ifAbsent: true };

export interface PutOptions {
  readonly condition?: Condition;
  readonly contentType?: string;
}

/** What was found or given; null where the store has no such setting. */
export interface BucketSettings {
  readonly managed: boolean;
  readonly region: string | null;
  readonly publicAccessBlocked: boolean | null;
  readonly encryption: string | null;
  readonly abortUnfinishedUploadsAfterDays: number | null;
}

/** The condition of a write, for an object seen earlier (or seen to be absent). */
export function unchangedSince(seen: ObjectInfo | undefined): Condition {
  return seen ? { ifMatch: seen.etag } : { ifAbsent: true };
}
