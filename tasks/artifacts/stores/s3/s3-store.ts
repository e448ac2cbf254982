import { Readable } from 'node:stream';
import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import type {
  Body,
  BucketSettings,
  ListedObject,
  ObjectInfo,
  ObjectStore,
  PutOptions,
  StoredObject,
} from '../object-store.ts';
import { MissingBucket, PreconditionFailed } from '../store-errors.ts';
import { ensureS3Bucket } from './s3-bucket.ts';
import { applyS3BucketSettings } from './s3-bucket-settings.ts';
import { connectS3, type S3Connection, type S3Options } from './s3-connection.ts';
import { isS3Answer, s3Error } from './s3-errors.ts';
import { uploadToS3 } from './s3-upload.ts';

/** A condition on an object that is gone meets NoSuchKey; a writer at the very same moment a conflict (Ceph's last). */
const LOST_WRITE = ['PreconditionFailed', 'NoSuchKey', 'ConditionalRequestConflict', 'ConcurrentModification'] as const;

export async function openS3Store(options: S3Options): Promise<ObjectStore> {
  return new S3Store(await connectS3(options), options.prefix ? `${options.prefix}/` : '');
}

/** Objects in a bucket of Amazon S3, or of a store that speaks its language and knows conditional writes. */
class S3Store implements ObjectStore {
  readonly url: string;
  readonly #s3: S3Connection;
  readonly #prefix: string;

  constructor(s3: S3Connection, prefix: string) {
    this.url = s3.url;
    this.#s3 = s3;
    this.#prefix = prefix;
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    const found = await unlessMissing(this.#s3.client.send(new HeadObjectCommand(this.#at(key))));
    return found && infoOf(found.ContentLength, found.ETag);
  }

  async get(key: string): Promise<StoredObject | undefined> {
    const found = await unlessMissing(this.#s3.client.send(new GetObjectCommand(this.#at(key))));
    if (!(found?.Body instanceof Readable)) return undefined;
    return { ...infoOf(found.ContentLength, found.ETag), body: this.#read(found.Body) };
  }

  async put(key: string, body: Body, options: PutOptions = {}): Promise<ObjectInfo> {
    try {
      return await uploadToS3(this.#s3, this.#at(key).Key, body, options);
    } catch (error) {
      throw isS3Answer(error, ...LOST_WRITE) ? new PreconditionFailed(key, { cause: error }) : error;
    }
  }

  async *list(prefix: string): AsyncGenerator<ListedObject> {
    const pages = paginateListObjectsV2(
      { client: this.#s3.client },
      { Bucket: this.#s3.bucket, Prefix: this.#prefix + prefix },
    );
    try {
      for await (const { Contents = [] } of pages) {
        for (const { Key = '', Size, ETag } of Contents) {
          yield { key: Key.slice(this.#prefix.length), ...infoOf(Size, ETag) };
        }
      }
    } catch (error) {
      if (!(error instanceof MissingBucket)) throw error;
    }
  }

  async delete(key: string): Promise<void> {
    await unlessMissing(this.#s3.client.send(new DeleteObjectCommand(this.#at(key))));
  }

  ensureBucket(): Promise<void> {
    return ensureS3Bucket(this.#s3);
  }

  applyBucketSettings(warn: (message: string) => void): Promise<BucketSettings> {
    return applyS3BucketSettings(this.#s3, `${this.#prefix}.encryption-probe`, warn);
  }

  /** A connection that breaks while the body arrives gives the same error as one that breaks before. */
  async *#read(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
    } catch (error) {
      throw s3Error(error, 'GetObject', this.#s3);
    }
  }

  #at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#s3.bucket, Key: this.#prefix + key };
  }
}

function infoOf(size: number | undefined, etag: string | undefined): ObjectInfo {
  return { size: size ?? 0, etag: etag ?? '' };
}

async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof MissingBucket || isS3Answer(error, 'NotFound', 'NoSuchKey')) return undefined;
    throw error;
  }
}
