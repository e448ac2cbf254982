import {
  DeleteObjectCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetPublicAccessBlockCommand,
  type LifecycleRule,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { BucketSettings } from '../object-store.ts';
import { AccessRefused } from '../store-errors.ts';
import { isTaggedAsOurs, tagged } from './s3-bucket.ts';
import type { S3Connection } from './s3-connection.ts';
import { isS3Answer } from './s3-errors.ts';

const UNSET = [
  'NoSuchTagSet',
  'NoSuchPublicAccessBlockConfiguration',
  'ServerSideEncryptionConfigurationNotFoundError',
] as const;
type Warn = (message: string) => void;

const ABORT_RULE = {
  ID: 'abort-unfinished-uploads',
  Status: 'Enabled',
  Filter: { Prefix: '' },
  AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
} as const;

/**
 * On a bucket tagged as ours: nothing public, encrypted at rest, unfinished uploads dropped after a day. What the store
 * does not support is skipped with a warning. Then returns what the bucket has, ours or not.
 */
export async function applyS3BucketSettings(s3: S3Connection, probeKey: string, warn: Warn): Promise<BucketSettings> {
  const managed = (await readable(() => isTaggedAsOurs(s3), false)) ?? false;
  if (managed) {
    await whereSupported('blocking of public access', s3, warn, () => blockPublicAccess(s3));
    await whereSupported('default encryption', s3, warn, () => encryptByDefault(s3, probeKey));
    await whereSupported('dropping of unfinished uploads', s3, warn, () => abortUnfinishedUploads(s3));
  } else {
    warn(`the bucket of ${s3.url} is not tagged ${tagged()}: its settings are left as they are`);
  }
  return {
    managed,
    region: await readable(() => region(s3), null),
    publicAccessBlocked: await readable(() => isPublicAccessBlocked(s3), false),
    encryption: await readable(() => encryption(s3), null),
    abortUnfinishedUploadsAfterDays: await readable(() => abortAfterDays(s3), null),
  };
}

async function blockPublicAccess({ client, bucket }: S3Connection): Promise<void> {
  const everything = {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  };
  await client.send(new PutPublicAccessBlockCommand({ Bucket: bucket, PublicAccessBlockConfiguration: everything }));
}

/**
 * Leaves an encryption that is already set. Some stores (Ceph without a key service) take the setting and from then on
 * refuse every write, so it is probed: one object, encrypted by request.
 */
async function encryptByDefault(s3: S3Connection, probeKey: string): Promise<void> {
  if (await readable(() => encryption(s3), null)) return;
  const probe = { Bucket: s3.bucket, Key: probeKey };
  await s3.client.send(new PutObjectCommand({ ...probe, Body: new Uint8Array(), ServerSideEncryption: 'AES256' }));
  await s3.client.send(new DeleteObjectCommand(probe));
  const rule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } } as const;
  await s3.client.send(
    new PutBucketEncryptionCommand({ Bucket: s3.bucket, ServerSideEncryptionConfiguration: { Rules: [rule] } }),
  );
}

/** The call replaces all rules, so those of others are sent along. */
async function abortUnfinishedUploads(s3: S3Connection): Promise<void> {
  const others = (await lifecycleRules(s3)).filter(({ ID }) => ID !== ABORT_RULE.ID);
  await s3.client.send(
    new PutBucketLifecycleConfigurationCommand({
      Bucket: s3.bucket,
      LifecycleConfiguration: { Rules: [...others, ABORT_RULE] },
    }),
  );
}

async function region({ client, bucket }: S3Connection): Promise<string> {
  const { LocationConstraint } = await client.send(new GetBucketLocationCommand({ Bucket: bucket }));
  return LocationConstraint === 'EU' ? 'eu-west-1' : LocationConstraint || 'us-east-1';
}

async function isPublicAccessBlocked({ client, bucket }: S3Connection): Promise<boolean> {
  const { PublicAccessBlockConfiguration: block } = await client.send(
    new GetPublicAccessBlockCommand({ Bucket: bucket }),
  );
  return Boolean(
    block?.BlockPublicAcls && block.IgnorePublicAcls && block.BlockPublicPolicy && block.RestrictPublicBuckets,
  );
}

async function encryption({ client, bucket }: S3Connection): Promise<string | null> {
  const { ServerSideEncryptionConfiguration } = await client.send(new GetBucketEncryptionCommand({ Bucket: bucket }));
  const [rule] = ServerSideEncryptionConfiguration?.Rules ?? [];
  return rule?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm ?? null;
}

async function abortAfterDays(s3: S3Connection): Promise<number | null> {
  const days = (await lifecycleRules(s3)).map((rule) => rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation);
  return days.find((found) => found !== undefined) ?? null;
}

async function lifecycleRules({ client, bucket }: S3Connection): Promise<LifecycleRule[]> {
  try {
    const { Rules = [] } = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }));
    return Rules;
  } catch (error) {
    if (isS3Answer(error, 'NoSuchLifecycleConfiguration')) return [];
    throw error;
  }
}

async function whereSupported(
  setting: string,
  s3: S3Connection,
  warn: Warn,
  apply: () => Promise<void>,
): Promise<void> {
  try {
    await apply();
  } catch (error) {
    if (!(error instanceof S3ServiceException)) throw error;
    warn(`${s3.host} does not support ${setting} (${error.name}): the bucket of ${s3.url} goes without`);
  }
}

/** The setting as found: `unset` where none is set, null where it may not be read or is not supported. */
async function readable<T>(read: () => Promise<T>, unset: T): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (isS3Answer(error, ...UNSET)) return unset;
    if (error instanceof S3ServiceException || error instanceof AccessRefused) return null;
    throw error;
  }
}
