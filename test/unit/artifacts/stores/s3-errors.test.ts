import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openS3Store } from '../../../../tasks/artifacts/stores/s3/s3-store.ts';
import {
  AccessRefused,
  InvalidStoreSettings,
  MissingBucket,
  PreconditionFailed,
  StoreUnavailable,
} from '../../../../tasks/artifacts/stores/store-errors.ts';
import { type Refusal, refuse, storeAnswering } from '../../../support/s3-stub.ts';
import { withEnvironment } from '../../../support/with-environment.ts';

before(() => {
  process.env.AWS_ACCESS_KEY_ID = 'an-access-key';
  process.env.AWS_SECRET_ACCESS_KEY = 'a-secret-key';
  delete process.env.AWS_SESSION_TOKEN;
  process.env.AWS_REGION = 'us-east-1';
  delete process.env.AWS_ENDPOINT_URL_S3;
  delete process.env.AWS_ENDPOINT_URL;
});

const refusals: readonly (Refusal & { error: abstract new (...args: never[]) => Error; says: RegExp })[] = [
  { status: 404, code: 'NoSuchBucket', error: MissingBucket, says: /no bucket at s3:\/\/the-bucket/ },
  { status: 412, code: 'PreconditionFailed', error: PreconditionFailed, says: /^key was changed/ },
  { status: 409, code: 'ConditionalRequestConflict', error: PreconditionFailed, says: /^key was changed/ },
  { status: 404, code: 'NoSuchKey', error: PreconditionFailed, says: /^key was changed/ },
  { status: 403, code: 'AccessDenied', error: AccessRefused, says: /no right to PutObject .*another S3_BUCKET/ },
  { status: 403, code: 'InvalidAccessKeyId', error: AccessRefused, says: /check the credentials/ },
  { status: 403, code: 'SignatureDoesNotMatch', error: AccessRefused, says: /check the credentials/ },
  { status: 403, code: 'RequestTimeTooSkewed', error: AccessRefused, says: /set the clock of this machine/ },
  { status: 400, code: 'ExpiredToken', error: AccessRefused, says: /\(ExpiredToken\): check the credentials/ },
  {
    status: 301,
    code: 'PermanentRedirect',
    region: 'eu-west-1',
    error: AccessRefused,
    says: /set AWS_REGION=eu-west-1/,
  },
  {
    status: 400,
    code: 'AuthorizationHeaderMalformed',
    more: '<Region>eu-west-2</Region>',
    error: AccessRefused,
    says: /is not in region us-east-1: set AWS_REGION=eu-west-2/,
  },
  { status: 400, code: 'BadDigest', error: StoreUnavailable, says: /BadDigest/ },
  {
    status: 500,
    code: 'InternalError',
    error: StoreUnavailable,
    says: /^127\.0\.0\.1:\d+ failed at PutObject.*\(500\)/,
  },
  { status: 503, code: 'ServiceUnavailable', error: StoreUnavailable, says: /ServiceUnavailable \(503\)/ },
];

for (const { error: expected, says, ...refusal } of refusals) {
  test(`an answer of ${refusal.status} ${refusal.code} to a write becomes ${expected.name}`, async (t) => {
    const store = await storeAnswering(t, (_, response) => refuse(response, refusal));
    await assert.rejects(store.put('key', Buffer.from('x')), (error) => {
      assert.ok(error instanceof expected, String(error));
      assert.match(error.message, says);
      assert.doesNotMatch(error.message, /a-secret-key|an-access-key/);
      return true;
    });
  });
}

for (const status of [400, 403]) {
  test(`a bare ${status}, all that HEAD may answer, becomes AccessRefused`, async (t) => {
    const store = await storeAnswering(t, (_, response) => response.writeHead(status).end());
    await assert.rejects(store.head('key'), { name: 'AccessRefused', message: new RegExp(`HTTP ${status} without`) });
  });
}

test('a body that breaks off becomes StoreUnavailable in the middle of reading', async (t) => {
  const store = await storeAnswering(t, (_, response) => {
    response.writeHead(200, { 'content-length': '10', etag: '"e"' });
    response.write('12345', () => response.destroy());
  });
  const found = await store.get('key');
  assert.equal(found?.size, 10);
  await assert.rejects(Array.fromAsync(found?.body ?? []), StoreUnavailable);
});

test('a body that stalls becomes StoreUnavailable in the middle of reading', async (t) => {
  const store = await storeAnswering(
    t,
    (_, response) => {
      response.writeHead(200, { 'content-length': '10', etag: '"e"' });
      response.write('12345');
    },
    0.3,
  );
  const found = await store.get('key');
  await assert.rejects(Array.fromAsync(found?.body ?? []), StoreUnavailable);
});

test('a server that never answers is given up on after three tries', async (t) => {
  let tries = 0;
  const store = await storeAnswering(
    t,
    () => {
      tries++;
    },
    0.3,
  );
  await assert.rejects(store.head('key'), {
    name: 'StoreUnavailable',
    message: /^127\.0\.0\.1:\d+ failed at HeadObject/,
  });
  // the last may reach the server only after its client has left
  await t.waitFor(() => assert.equal(tries, 3), { timeout: 60_000 });
});

test('a closed port is StoreUnavailable, with host and cause, without any patience', {
  timeout: 60_000,
}, async () => {
  // the port of tcpmux, which is not served and not assigned by chance
  const endpoint = 'http://127.0.0.1:1';
  const store = await openS3Store({ bucket: 'the-bucket', endpoint, patienceSeconds: 600 });
  for (const act of [() => store.head('key'), () => store.put('key', Buffer.from('x')), () => store.ensureBucket()]) {
    await assert.rejects(act, { name: 'StoreUnavailable', message: /^127\.0\.0\.1:1 failed at .*ECONNREFUSED/ });
  }
});

test('missing credentials are an error that says what to set', async (t) => {
  const without = {
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
  };
  await withEnvironment(without, async () => {
    const store = await storeAnswering(t, (_, response) => response.end());
    await assert.rejects(store.head('key'), { name: 'AccessRefused', message: /set AWS_ACCESS_KEY_ID/ });
  });
});

test('an endpoint that is no URL is a fault of the settings', async () => {
  await assert.rejects(openS3Store({ bucket: 'the-bucket', endpoint: 'localhost' }), InvalidStoreSettings);
});

test('the path holds the bucket where an endpoint is set, the host where path style is switched off', async () => {
  await withEnvironment({ AWS_ENDPOINT_URL_S3: 'http://store.invalid' }, async () => {
    const byPath = await openS3Store({ bucket: 'the-bucket' });
    const byHost = await openS3Store({ bucket: 'the-bucket', forcePathStyle: false });
    await assert.rejects(byPath.head('key'), { name: 'StoreUnavailable', message: / store\.invalid$/ });
    await assert.rejects(byHost.head('key'), { name: 'StoreUnavailable', message: / the-bucket\.store\.invalid$/ });
  });
});

test('an answer that is cut off is an outage, also where it says that there is no such object', async (t) => {
  const store = await storeAnswering(t, (_, response) => {
    response.writeHead(404, { 'content-type': 'application/xml', 'content-length': 100 });
    response.write('<?xml version="1.0"?>', () => setTimeout(() => response.destroy(), 20));
  });
  await assert.rejects(store.get('key'), (error: Error) => {
    assert(error instanceof StoreUnavailable, String(error));
    assert.match(error.message, /failed at GetObject on s3:\/\/the-bucket: aborted \(404\)$/);
    return true;
  });
});
