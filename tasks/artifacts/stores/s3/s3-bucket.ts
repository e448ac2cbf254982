import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  GetBucketTaggingCommand,
  ListObjectsV2Command,
  PutBucketTaggingCommand,
} from '@aws-sdk/client-s3';
import { AccessRefused, MissingBucket } from '../store-errors.ts';
import type { S3Connection } from './s3-connection.ts';
import { isS3Answer } from './s3-errors.ts';

/** Marks a bucket as ours: only a bucket with this tag gets the product's settings. */
export const OUR_TAG = { Key: 'managed-by', Value: 'credit-default-pipeline' };

/**
 * Creates the bucket where there is none, then tags it. The two are separate calls, as a tag inside CreateBucket is
 * ignored by some stores and needs a right of its own on AWS. Killed in between, an untagged bucket stays: from then on
 * it counts as another owner's, whose settings are left alone with a warning that names the tag to add. The other way
 * round, taking an untagged bucket for ours, could overwrite a stranger's settings.
 * @throws AccessRefused when the bucket is someone else's, or a right is missing
 */
export async function ensureS3Bucket(s3: S3Connection): Promise<void> {
  if (await exists(s3)) return;
  if (await create(s3)) await tagAsOurs(s3);
}

/** By listing rather than HeadBucket, whose refusals carry no reason. */
async function exists({ client, bucket }: S3Connection): Promise<boolean> {
  try {
    await client.send(new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 1 }));
    return true;
  } catch (error) {
    if (error instanceof MissingBucket) return false;
    throw error;
  }
}

/** False when it was created in the meantime: its creator tags it, if it is ours. */
async function create({ client, bucket, region }: S3Connection): Promise<boolean> {
  const where = needsNaming(region) && { CreateBucketConfiguration: { LocationConstraint: region } };
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket, ...where }));
    return true;
  } catch (error) {
    if (isS3Answer(error, 'BucketAlreadyOwnedByYou')) return false;
    throw error;
  }
}

/** S3 takes every region's name but that of its first; the SDK's list may be older than the region. */
function needsNaming(region: string): region is BucketLocationConstraint {
  return region !== 'us-east-1';
}

async function tagAsOurs({ client, bucket, url }: S3Connection): Promise<void> {
  try {
    await client.send(new PutBucketTaggingCommand({ Bucket: bucket, Tagging: { TagSet: [OUR_TAG] } }));
  } catch (error) {
    if (!(error instanceof AccessRefused)) throw error;
    throw new AccessRefused(
      `the bucket of ${url} was created but not tagged: grant s3:PutBucketTagging, or tag it ${tagged()} yourself`,
    );
  }
}

export async function isTaggedAsOurs({ client, bucket }: S3Connection): Promise<boolean> {
  const { TagSet = [] } = await client.send(new GetBucketTaggingCommand({ Bucket: bucket }));
  return TagSet.some(({ Key, Value }) => Key === OUR_TAG.Key && Value === OUR_TAG.Value);
}

export function tagged(): string {
  return `${OUR_TAG.Key}=${OUR_TAG.Value}`;
}
