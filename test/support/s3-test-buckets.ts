import { randomUUID } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';

/** Why tests that need a real S3 server cannot run here. */
export const noS3Server = process.env.AWS_ENDPOINT_URL_S3
  ? false
  : 'needs a real S3 server: set AWS_ENDPOINT_URL_S3, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';

/** Straight to the server, past the store under test. */
export const s3 = new S3Client({ forcePathStyle: true, region: process.env.AWS_REGION ?? 'us-east-1' });

const made = new Set<string>();

/** A unique name; the bucket is removed with `removeBuckets`, if it was created. */
export function newBucketName(): string {
  const bucket = `credit-default-test-${randomUUID()}`;
  made.add(bucket);
  return bucket;
}

/** Keys that have parts but no object yet. */
export async function unfinishedUploads(bucket: string): Promise<string[]> {
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  return Uploads.map(({ Key = '' }) => Key);
}

export async function removeBuckets(): Promise<void> {
  for (const bucket of made) {
    try {
      await removeBucket(bucket);
    } catch (error) {
      if (!(error instanceof S3ServiceException && error.name === 'NoSuchBucket')) throw error;
    }
    made.delete(bucket);
  }
}

async function removeBucket(Bucket: string): Promise<void> {
  await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
  for (const { Key, UploadId } of Uploads) await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  for (;;) {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    if (Contents.length === 0) break;
    for (const { Key } of Contents) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  }
  await s3.send(new DeleteBucketCommand({ Bucket }));
}
