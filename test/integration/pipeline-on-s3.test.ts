import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { catalogue } from '../../tasks/artifacts/catalogue.ts';
import { childrenOf, logicalDate, runCommand, startCommand } from '../support/pipeline-command.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { publishedHashes } from '../support/published-hashes.ts';
import { newBucketName, noS3Server, removeBuckets } from '../support/s3-test-buckets.ts';
import { seedTestLoans } from '../support/seed-test-loans.ts';

const timestamp = '20240101T000000';
const run = ['run', '--logical-date', logicalDate];

describe('the pipeline on a real S3 server', { skip: noS3Server }, () => {
  const buckets = { led: newBucketName(), byHand: newBucketName(), killed: newBucketName() };
  let postgres: TestPostgres;
  let expected: Awaited<ReturnType<typeof publishedHashes>>;

  before(async () => {
    postgres = await startPostgres();
    await seedTestLoans(postgres.url, 400);
  });

  after(async () => {
    await postgres.stop();
    await removeBuckets();
  });

  const settings = (bucket: string) => ({ S3_BUCKET: bucket, ARTIFACT_STORE: '', DATABASE_URL: postgres.url });

  const hashes = (bucket: string) => publishedHashes(bucket, timestamp);

  it('runs to its end, and finds all done when run again', async () => {
    const first = await runCommand(run, settings(buckets.led));
    assert.equal(first.code, 0, first.said);
    expected = await hashes(buckets.led);
    assert.ok(Object.values(expected).every(Boolean), JSON.stringify(expected));

    const second = await runCommand(run, settings(buckets.led));
    assert.equal(second.code, 0, second.said);
    assert.match(second.said, /done already: nothing ran/);
  });

  it('makes the same bytes when its four tasks are invoked one by one by hand', async () => {
    const environment = { ...settings(buckets.byHand), LOGICAL_DATE: logicalDate };
    for (const { entrypoint: task } of Object.values(catalogue)) {
      const { code, said } = await runCommand([], environment, `tasks/${task}.ts`);
      assert.equal(code, 0, said);
    }
    assert.deepEqual(await hashes(buckets.byHand), expected);
  });

  it('makes the same bytes when a task and then the orchestrator are killed', async () => {
    const first = startCommand(run, settings(buckets.killed));
    await first.until(/fetch_data attempt 1 runs/);
    for (const pid of await childrenOf(first.child.pid ?? 0, 'fetch-data')) process.kill(pid, 'SIGKILL');
    await first.until(/train_model attempt 1 runs/);
    first.child.kill('SIGKILL');
    await first.ended;
    const second = await runCommand(run, settings(buckets.killed));
    assert.equal(second.code, 0, second.said);
    assert.deepEqual(await hashes(buckets.killed), expected);
  });

  it('keeps the log of every attempt, and shows the run with its attempts', async () => {
    const log = await runCommand(['logs', logicalDate, 'train_model'], settings(buckets.led));
    assert.match(log.said, /loans split train=320 test=80/);
    const status = await runCommand(['status', logicalDate, '--json'], settings(buckets.led));
    const report: { state: string; tasks: { attempts: { outcome: string }[] }[] } = JSON.parse(status.said);
    assert.equal(report.state, 'success');
    assert.deepEqual(
      report.tasks.map(({ attempts }) => attempts.map(({ outcome }) => outcome)),
      Array(4).fill(['succeeded']),
    );
  });

  it('is found in order by doctor', async () => {
    const { code, said } = await runCommand(['doctor'], settings(buckets.led));
    assert.equal(code, 0, said);
  });

  it('refuses wrong credentials with 77, without naming the secret', async () => {
    const environment = { ...settings(buckets.led), AWS_SECRET_ACCESS_KEY: 'not-the-secret' };
    const { code, said } = await runCommand(run, environment);
    assert.equal(code, 77, said);
    assert.doesNotMatch(said, /not-the-secret/);
  });
});
