import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { after, describe, test } from 'node:test';
import {
  CreateBucketCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketTaggingCommand,
  HeadObjectCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
} from '@aws-sdk/client-s3';
import { openS3Store } from '../../tasks/artifacts/stores/s3/s3-store.ts';
import { AccessRefused, PreconditionFailed, StoreUnavailable } from '../../tasks/artifacts/stores/store-errors.ts';
import { flippingProxy } from '../support/flipping-proxy.ts';
import { serve } from '../support/http-server.ts';
import { newBucketName, noS3Server, removeBuckets, s3, unfinishedUploads } from '../support/s3-test-buckets.ts';
import { withEnvironment } from '../support/with-environment.ts';
import { describeObjectStore } from './object-store.contract.ts';

describeObjectStore('an S3 store', {
  skip: noS3Server,
  make: async () => {
    const bucket = newBucketName();
    const store = await openS3Store({ bucket, prefix: 'some/prefix' });
    return { store, leftovers: () => unfinishedUploads(bucket) };
  },
  removeAll: removeBuckets,
  rounds: 10,
});

describe('an S3 store on its server', { skip: noS3Server }, () => {
  after(removeBuckets);

  test('stores in one bucket under different prefixes do not see each other', async () => {
    const bucket = newBucketName();
    const [all, ours, theirs] = await Promise.all([
      openS3Store({ bucket }),
      openS3Store({ bucket, prefix: 'a' }),
      openS3Store({ bucket, prefix: 'a/b' }),
    ]);
    await all.ensureBucket();
    await ours.put('key', Buffer.from('ours'));
    assert.equal(await theirs.head('key'), undefined);
    assert.deepEqual(await Array.fromAsync(theirs.list('')), []);
    await theirs.put('key', Buffer.from('theirs'), { condition: { ifAbsent: true } });
    const keys = (await Array.fromAsync(all.list(''))).map(({ key }) => key);
    assert.deepEqual(keys, ['a/b/key', 'a/key']);
    assert.equal(ours.url, `s3://${bucket}/a`);
  });

  test('an object is stored under its content type', async () => {
    const bucket = newBucketName();
    const store = await openS3Store({ bucket });
    await store.ensureBucket();
    await store.put('page', Buffer.from('<p>'), { contentType: 'text/html' });
    assert.equal((await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'page' }))).ContentType, 'text/html');
  });

  for (const [what, size] of [
    ['a small', 5],
    ['a large', 9 * 1024 * 1024],
  ] as const) {
    test(`${what} body altered on its way is refused by the server, and the old object stays`, async (t) => {
      const bucket = newBucketName();
      const direct = await openS3Store({ bucket });
      await direct.ensureBucket();
      const old = await direct.put('key', Buffer.from('old'));
      const seen: IncomingMessage[] = [];
      const endpoint = await serve(t, flippingProxy(process.env.AWS_ENDPOINT_URL_S3 ?? '', seen));

      const altering = await openS3Store({ bucket, endpoint });
      await assert.rejects(altering.put('key', Buffer.alloc(size, 1)), StoreUnavailable);
      assert.deepEqual(await direct.head('key'), old);
      assert.deepEqual(await unfinishedUploads(bucket), []);
      assert.ok(seen.length > 0 && seen.every(({ headers }) => headers['x-amz-checksum-sha256']));
    });
  }

  for (const [what, credentials, code] of [
    ['key id', { AWS_ACCESS_KEY_ID: 'nobody' }, 'InvalidAccessKeyId'],
    ['secret', { AWS_SECRET_ACCESS_KEY: 'wrong-secret' }, 'SignatureDoesNotMatch'],
  ] as const) {
    test(`a wrong ${what} is refused in words that hold no secret`, async () => {
      await withEnvironment(credentials, async () => {
        const store = await openS3Store({ bucket: newBucketName() });
        const refused = { name: 'AccessRefused', message: new RegExp(`${code}.*check the credentials`) };
        await assert.rejects(store.ensureBucket(), refused);
        await assert.rejects(store.put('key', Buffer.from('x')), refused);
        await assert.rejects(store.get('key'), refused);
        await assert.rejects(Array.fromAsync(store.list('')), refused);
        await assert.rejects(store.head('key'), (error) => {
          assert.ok(error instanceof AccessRefused && error.cause === undefined);
          return !error.message.includes('wrong-secret');
        });
      });
    });
  }

  test('a bucket that may not be used is refused, and another S3_BUCKET advised', async () => {
    const bucket = newBucketName();
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    const deny = { Effect: 'Deny', Principal: '*', Action: 's3:ListBucket', Resource: `arn:aws:s3:::${bucket}` };
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: [deny] });
    await s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: policy }));
    const store = await openS3Store({ bucket });
    await assert.rejects(store.ensureBucket(), { name: 'AccessRefused', message: /AccessDenied.*another S3_BUCKET/ });
  });

  test('a bucket that several create at once is created and marked as ours', async () => {
    const bucket = newBucketName();
    const stores = await Promise.all(Array.from({ length: 8 }, () => openS3Store({ bucket })));
    await Promise.all(stores.map((store) => store.ensureBucket()));
    const { TagSet } = await s3.send(new GetBucketTaggingCommand({ Bucket: bucket }));
    assert.deepEqual(TagSet, [{ Key: 'managed-by', Value: 'credit-default-pipeline' }]);
  });

  test('a bucket of ours gets the settings that the server supports, and can be written to after', async () => {
    const bucket = newBucketName();
    const store = await openS3Store({ bucket });
    await store.ensureBucket();
    const kept = { ID: 'mine', Status: 'Enabled', Filter: { Prefix: 'logs/' }, Expiration: { Days: 9 } } as const;
    await s3.send(
      new PutBucketLifecycleConfigurationCommand({ Bucket: bucket, LifecycleConfiguration: { Rules: [kept] } }),
    );

    for (const _ of ['first time', 'again']) {
      const warnings: string[] = [];
      const settings = await store.applyBucketSettings((message) => warnings.push(message));
      assert.deepEqual([settings.managed, settings.publicAccessBlocked], [true, true]);
      assert.equal(settings.abortUnfinishedUploadsAfterDays, 1);
      assert.equal(warnings.length, settings.encryption === 'AES256' ? 0 : 1);
      await store.put('key', Buffer.from('x'));
    }
    const { Rules } = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }));
    assert.deepEqual(Rules?.map(({ ID }) => ID).sort(), ['abort-unfinished-uploads', 'mine']);
    assert.deepEqual(
      (await Array.fromAsync(store.list(''))).map(({ key }) => key),
      ['key'],
    );
  });

  test('the settings of a bucket that is not ours are reported, and left alone with one warning', async () => {
    const bucket = newBucketName();
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    const store = await openS3Store({ bucket });
    await store.ensureBucket();
    const warnings: string[] = [];
    const { region: _, ...settings } = await store.applyBucketSettings((message) => warnings.push(message));
    assert.deepEqual(settings, {
      managed: false,
      publicAccessBlocked: false,
      encryption: null,
      abortUnfinishedUploadsAfterDays: null,
    });
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /not tagged managed-by=credit-default-pipeline/);
  });

  test('a refused condition says which object it was', async () => {
    const store = await openS3Store({ bucket: newBucketName(), prefix: 'p' });
    await store.ensureBucket();
    await store.put('some/key', Buffer.from('x'));
    const again = store.put('some/key', Buffer.from('y'), { condition: { ifAbsent: true } });
    await assert.rejects(
      again,
      (error) => error instanceof PreconditionFailed && error.message.startsWith('some/key '),
    );
  });
});
