import { fileURLToPath } from 'node:url';
import { messageOf } from '../message-of.ts';
import { DirectoryStore } from './directory/directory-store.ts';
import type { ObjectStore } from './object-store.ts';
import { InvalidStoreSettings } from './store-errors.ts';

/** As in the environment, but for `S3_FORCE_PATH_STYLE`, already read as a boolean. */
export interface StoreSettings {
  readonly ARTIFACT_STORE?: string | undefined;
  readonly S3_BUCKET?: string | undefined;
  readonly S3_FORCE_PATH_STYLE?: boolean | undefined;
}

type StoreAddress = { readonly directory: string } | { readonly bucket: string; readonly prefix: string };

const DEFAULT_BUCKET = 'airflow-ml-artifacts';

/**
 * The store that the settings name; nothing is looked up or created yet.
 * @throws InvalidStoreSettings
 */
export async function openStore(settings: StoreSettings): Promise<ObjectStore> {
  const address = storeAddress(settings);
  if ('directory' in address) return new DirectoryStore(address.directory);
  // the AWS SDK costs 110 ms and 97 MB, which a directory need not pay
  const { openS3Store } = await import('./s3/s3-store.ts');
  return openS3Store({ ...address, forcePathStyle: settings.S3_FORCE_PATH_STYLE });
}

/** @throws InvalidStoreSettings */
export function storeAddress({ ARTIFACT_STORE, S3_BUCKET }: StoreSettings): StoreAddress {
  const address = parseStoreUrl(ARTIFACT_STORE || `s3://${S3_BUCKET || DEFAULT_BUCKET}`);
  if (S3_BUCKET && !('bucket' in address && address.bucket === S3_BUCKET)) {
    throw new InvalidStoreSettings(
      `ARTIFACT_STORE=${ARTIFACT_STORE} and S3_BUCKET=${S3_BUCKET} name two stores: set one of them`,
    );
  }
  return address;
}

function parseStoreUrl(url: string): StoreAddress {
  if (url.startsWith('s3://')) return parseS3Url(url);
  if (url.startsWith('file:///')) return { directory: parseFileUrl(url) };
  throw new InvalidStoreSettings(
    `ARTIFACT_STORE must be s3://bucket[/prefix] or file:///absolute/directory, found ${JSON.stringify(url)}`,
  );
}

function parseS3Url(url: string): StoreAddress {
  const [bucket = '', ...folders] = url.slice('s3://'.length).split('/');
  if (!isBucketName(bucket)) {
    throw new InvalidStoreSettings(
      `${JSON.stringify(bucket)} is no bucket name: expected 3 to 63 lower-case letters, digits, dots and hyphens, ` +
        'with a letter or digit at both ends',
    );
  }
  return { bucket, prefix: folders.filter((folder) => folder !== '').join('/') };
}

function isBucketName(name: string): boolean {
  return /^(?=.{3,63}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])$/.test(name) && !name.includes('..') && !/^[\d.]+$/.test(name);
}

function parseFileUrl(url: string): string {
  try {
    const { search, hash } = new URL(url);
    if (search || hash) throw new TypeError('a ? or # in it must be written as %3F or %23');
    return fileURLToPath(url);
  } catch (error) {
    const reason = messageOf(error);
    throw new InvalidStoreSettings(`ARTIFACT_STORE=${url} names no directory: ${reason}`, { cause: error });
  }
}
