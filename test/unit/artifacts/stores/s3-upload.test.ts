import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { before, test } from 'node:test';
import { refuse, storeAnswering } from '../../../support/s3-stub.ts';

const MIB = 1024 * 1024;

before(() => {
  process.env.AWS_ACCESS_KEY_ID = 'an-access-key';
  process.env.AWS_SECRET_ACCESS_KEY = 'a-secret-key';
  process.env.AWS_REGION = 'us-east-1';
});

async function* megabytes(count: number): AsyncGenerator<Uint8Array> {
  for (let megabyte = 0; megabyte < count; megabyte++) yield new Uint8Array(MIB);
}

function beginUpload(response: ServerResponse): void {
  response.end('<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>');
}

test("the body's own error is thrown even where giving up its parts fails", async (t) => {
  const store = await storeAnswering(t, ({ method }, response) => {
    if (method === 'POST') beginUpload(response);
    else if (method === 'PUT') response.setHeader('etag', '"part"').end();
    else refuse(response, { status: 403, code: 'AccessDenied' });
  });
  const own = new Error('the source broke');
  async function* body(): AsyncGenerator<Uint8Array> {
    yield* megabytes(20);
    throw own;
  }
  await assert.rejects(store.put('key', body()), (error) => error === own);
});

test('a write that is refused midway stops reading its body and lets it close', async (t) => {
  const store = await storeAnswering(t, ({ method }, response) => {
    if (method === 'POST') beginUpload(response);
    else if (method === 'PUT') refuse(response, { status: 403, code: 'AccessDenied' });
    else response.writeHead(204).end();
  });
  let closed = false;
  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      yield* megabytes(1_000_000);
    } finally {
      closed = true;
    }
  }
  await assert.rejects(store.put('key', body()), { name: 'AccessRefused' });
  assert.ok(closed);
});
