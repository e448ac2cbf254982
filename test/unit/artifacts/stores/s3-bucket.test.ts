import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { before, type TestContext, test } from 'node:test';
import { openS3Store } from '../../../../tasks/artifacts/stores/s3/s3-store.ts';
import { serve } from '../../../support/http-server.ts';
import { type Refusal, refuse } from '../../../support/s3-stub.ts';

before(() => {
  process.env.AWS_ACCESS_KEY_ID = 'an-access-key';
  process.env.AWS_SECRET_ACCESS_KEY = 'a-secret-key';
});

const absent: Refusal = { status: 404, code: 'NoSuchBucket' };
const OUR_TAGS =
  '<Tagging><TagSet><Tag><Key>managed-by</Key><Value>credit-default-pipeline</Value></Tag></TagSet></Tagging>';

/** What a bucket's server answers to `METHOD subresource`: a refusal, a body, or (unnamed) an empty 200. */
type Answers = Readonly<Record<string, Refusal | string>>;

test('a new bucket is created, then tagged as ours', async (t) => {
  const { store, requests } = await bucketAnswering(t, { 'GET list-type': absent });
  await store.ensureBucket();
  assert.deepEqual(Object.keys(requests), ['GET list-type', 'PUT', 'PUT tagging']);
  assert.equal(requests.PUT, '');
  assert.match(requests['PUT tagging'] ?? '', /<Key>managed-by<\/Key><Value>credit-default-pipeline<\/Value>/);
});

test('a new bucket outside us-east-1 names its region', async (t) => {
  const { store, requests } = await bucketAnswering(t, { 'GET list-type': absent }, 'eu-west-1');
  await store.ensureBucket();
  assert.match(requests.PUT ?? '', /<LocationConstraint>eu-west-1<\/LocationConstraint>/);
});

test('a bucket that exists is neither created nor tagged', async (t) => {
  const { store, requests } = await bucketAnswering(t, { 'GET list-type': '<ListBucketResult/>' });
  await store.ensureBucket();
  assert.deepEqual(Object.keys(requests), ['GET list-type']);
});

test('a bucket that came to be in the meantime is not tagged: it need not be ours', async (t) => {
  const owned = { status: 409, code: 'BucketAlreadyOwnedByYou' };
  const { store, requests } = await bucketAnswering(t, { 'GET list-type': absent, PUT: owned });
  await store.ensureBucket();
  assert.deepEqual(Object.keys(requests), ['GET list-type', 'PUT']);
});

const refused: readonly { answers: Answers; name: string; message: RegExp }[] = [
  {
    answers: { 'GET list-type': absent, PUT: { status: 409, code: 'BucketAlreadyExists' } },
    name: 'AccessRefused',
    message: /s3:\/\/the-bucket is someone else's: choose another S3_BUCKET/,
  },
  {
    answers: { 'GET list-type': { status: 403, code: 'AccessDenied' } },
    name: 'AccessRefused',
    message: /ListObjectsV2 on s3:\/\/the-bucket .*choose another S3_BUCKET/,
  },
  {
    answers: { 'GET list-type': absent, PUT: { status: 400, code: 'IllegalLocationConstraintException' } },
    name: 'InvalidStoreSettings',
    message: /creates no bucket in region us-east-1: set AWS_REGION/,
  },
  {
    answers: { 'GET list-type': absent, 'PUT tagging': { status: 403, code: 'AccessDenied' } },
    name: 'AccessRefused',
    message: /was created but not tagged: grant s3:PutBucketTagging, or tag it managed-by=credit-default-pipeline/,
  },
];

for (const { answers, name, message } of refused) {
  test(`ensuring a bucket that answers ${JSON.stringify(answers)} is ${name}`, async (t) => {
    const { store } = await bucketAnswering(t, answers);
    await assert.rejects(store.ensureBucket(), { name, message });
  });
}

for (const unsupported of [
  { status: 501, code: 'NotImplemented' },
  { status: 405, code: 'MethodNotAllowed' },
  { status: 400, code: 'MalformedXML' },
]) {
  test(`settings answered by ${unsupported.status} ${unsupported.code} are warned of, one by one, and null`, async (t) => {
    const { store } = await bucketAnswering(t, {
      'GET tagging': OUR_TAGS,
      'GET location': '<LocationConstraint/>',
      ...everySetting(unsupported),
    });
    const warnings: string[] = [];
    assert.deepEqual(await store.applyBucketSettings((message) => warnings.push(message)), {
      managed: true,
      region: 'us-east-1',
      publicAccessBlocked: null,
      encryption: null,
      abortUnfinishedUploadsAfterDays: null,
    });
    assert.deepEqual(
      warnings.map((warning) => /does not support (.*) \((.*)\)/.exec(warning)?.slice(1)),
      ['blocking of public access', 'default encryption', 'dropping of unfinished uploads'].map((setting) => [
        setting,
        unsupported.code,
      ]),
    );
  });
}

test('a right that is missing for a setting of our bucket is refused, not passed over', async (t) => {
  const denied = { status: 403, code: 'AccessDenied' };
  const { store } = await bucketAnswering(t, { 'GET tagging': OUR_TAGS, ...everySetting(denied) });
  await assert.rejects(
    store.applyBucketSettings(() => {}),
    { name: 'AccessRefused', message: /PutPublicAccessBlock/ },
  );
});

test('an encryption that our bucket already has is left as it is', async (t) => {
  const rule =
    '<ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm></ApplyServerSideEncryptionByDefault>';
  const { store, requests } = await bucketAnswering(t, {
    'GET tagging': OUR_TAGS,
    'GET encryption': `<ServerSideEncryptionConfiguration><Rule>${rule}</Rule></ServerSideEncryptionConfiguration>`,
  });
  const { encryption } = await store.applyBucketSettings(assert.fail);
  assert.equal(encryption, 'aws:kms');
  assert.ok(!('PUT encryption' in requests));
});

test('the settings of a bucket whose tags may not be read are left alone', async (t) => {
  const { store, requests } = await bucketAnswering(t, { 'GET tagging': { status: 403, code: 'AccessDenied' } });
  const warnings: string[] = [];
  assert.equal((await store.applyBucketSettings((message) => warnings.push(message))).managed, false);
  assert.equal(warnings.length, 1);
  assert.ok(Object.keys(requests).every((request) => request.startsWith('GET')));
});

function everySetting(refusal: Refusal): Answers {
  const settings = ['publicAccessBlock', 'encryption', 'lifecycle'];
  return Object.fromEntries(
    settings.flatMap((setting) => ['GET', 'PUT'].map((method) => [`${method} ${setting}`, refusal])),
  );
}

/** A store on a server with one bucket, and what it was asked, by `METHOD subresource`. */
async function bucketAnswering(t: TestContext, answers: Answers, region = 'us-east-1') {
  const requests: Record<string, string> = {};
  const endpoint = await serve(t, async (request, response) => {
    const asked = nameOf(request);
    requests[asked] = await text(request);
    answer(response, answers[asked]);
  });
  return { store: await openS3Store({ bucket: 'the-bucket', endpoint, region }), requests };
}

function nameOf({ method = '', url = '' }: IncomingMessage): string {
  const names = [...new URL(url, 'http://any').searchParams.keys()].filter(
    (name) => name !== 'x-id' && name !== 'max-keys',
  );
  return [method, ...names].join(' ');
}

function answer(response: ServerResponse, given: Refusal | string | undefined): void {
  if (typeof given === 'object') refuse(response, given);
  else response.writeHead(200, { 'content-type': 'application/xml' }).end(given);
}
