import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStore, type StoreSettings } from '../../../../tasks/artifacts/stores/open-store.ts';
import { InvalidStoreSettings } from '../../../../tasks/artifacts/stores/store-errors.ts';

const accepted: readonly [StoreSettings, string][] = [
  [{}, 's3://airflow-ml-artifacts'],
  [{ S3_BUCKET: 'my-bucket.2' }, 's3://my-bucket.2'],
  [{ ARTIFACT_STORE: 's3://my-bucket' }, 's3://my-bucket'],
  [{ ARTIFACT_STORE: 's3://my-bucket/' }, 's3://my-bucket'],
  [{ ARTIFACT_STORE: 's3://my-bucket/a//b/', S3_BUCKET: 'my-bucket' }, 's3://my-bucket/a/b'],
  [{ ARTIFACT_STORE: 'file:///tmp/a%20dir' }, 'file:///tmp/a%20dir'],
  [{ ARTIFACT_STORE: 'file:///tmp/dir/' }, 'file:///tmp/dir'],
  [{ ARTIFACT_STORE: '', S3_BUCKET: '' }, 's3://airflow-ml-artifacts'],
];

for (const [settings, url] of accepted) {
  test(`${JSON.stringify(settings)} opens ${url}`, async () => {
    assert.equal((await openStore(settings)).url, url);
  });
}

const refused: readonly [StoreSettings, RegExp][] = [
  [{ ARTIFACT_STORE: 's3://one', S3_BUCKET: 'two' }, /ARTIFACT_STORE=s3:\/\/one and S3_BUCKET=two name two stores/],
  [{ ARTIFACT_STORE: 'file:///tmp/dir', S3_BUCKET: 'two' }, /name two stores/],
  [{ ARTIFACT_STORE: 'file://relative/dir' }, /must be s3:.* found "file:\/\/relative\/dir"/],
  [{ ARTIFACT_STORE: 'file:relative' }, /must be s3:/],
  [{ ARTIFACT_STORE: './dir' }, /must be s3:/],
  [{ ARTIFACT_STORE: 'gs://bucket' }, /must be s3:/],
  [{ ARTIFACT_STORE: 'file:///tmp/a#b' }, /%23/],
  [{ ARTIFACT_STORE: 'file:///tmp/a%2Fb' }, /names no directory/],
  [{ ARTIFACT_STORE: 's3://' }, /"" is no bucket name/],
  ...['Upper', 'ab', 'a'.repeat(64), '-start', 'end-', 'a..b', '192.168.1.1', 'under_score', 'a b'].map(
    (S3_BUCKET): [StoreSettings, RegExp] => [{ S3_BUCKET }, /is no bucket name/],
  ),
];

for (const [settings, message] of refused) {
  test(`${JSON.stringify(settings)} is refused`, async () => {
    await assert.rejects(openStore(settings), (error) => {
      assert.ok(error instanceof InvalidStoreSettings);
      assert.match(error.message, message);
      return true;
    });
  });
}
