import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { artifactNames, catalogue } from '../../tasks/artifacts/catalogue.ts';
import { buildImages, dockerOutput, imageSettings, noEngine, runDocker, startDocker } from '../support/docker.ts';
import { artifactHashes, childrenOf, logicalDate, quickSettings, runCommand } from '../support/pipeline-command.ts';
import { publishedHashes } from '../support/published-hashes.ts';
import { newBucketName, noS3Server, removeBuckets } from '../support/s3-test-buckets.ts';

type Hashes = Readonly<Record<string, string | undefined>>;

const timestamp = '20240101T000000';
const rows = 2000;
const steps = Object.values(catalogue).map(({ entrypoint }) => entrypoint);

describe('docker compose', { skip: noEngine || noS3Server }, () => {
  const project = `credit-default-test-${randomUUID().slice(0, 8)}`;
  const buckets = { led: newBucketName(), chained: newBucketName() };
  let expected: Hashes;

  const composed = (args: readonly string[]) => [
    ...['compose', '--project-name', project, '--env-file', '.env.example'],
    ...['--file', 'compose.yaml', '--file', 'test/images/outside-s3.yaml', ...args],
  ];

  const environment = (bucket: string) => ({
    ...imageSettings,
    N_ESTIMATORS: quickSettings.N_ESTIMATORS,
    SEED_ROWS: String(rows),
    LOGICAL_DATE: logicalDate,
    S3_BUCKET: bucket,
    AWS_ENDPOINT_URL_S3: 'http://s3:9000',
    OUTSIDE_S3_PORT: new URL(process.env.AWS_ENDPOINT_URL_S3 ?? '').port,
  });

  const runToCompletion = ['run', '--rm', 'pipeline', 'run', '--logical-date', logicalDate];

  async function compose(bucket: string, args: readonly string[]): Promise<string> {
    const { code, said } = await runDocker(composed(args), environment(bucket));
    assert.equal(code, 0, said);
    return said;
  }

  /** What `npm start` makes of the same loans; a store's kind decides the bucket's settings alone. */
  async function hashesOfStart(): Promise<Hashes> {
    const data = await mkdtemp(join(tmpdir(), 'compose-'));
    const start = ['start', '--rows', String(rows), '--logical-date', logicalDate, '--data', data];
    const { code, said } = await runCommand(start);
    assert.equal(code, 0, said);
    const hashes = await artifactHashes(join(data, 'artifacts'));
    await rm(data, { recursive: true });
    return withoutBucketSettings(hashes);
  }

  function withoutBucketSettings(hashes: Hashes): Hashes {
    return Object.fromEntries(Object.entries(hashes).filter(([key]) => !key.includes('/create_s3_bucket/')));
  }

  before(async () => {
    [expected] = await Promise.all([hashesOfStart(), buildImages()]);
    assert.equal(Object.keys(expected).length, artifactNames.length - 1);
  });

  after(async () => {
    await dockerOutput(composed(['--profile', '*', 'down', '--volumes']), environment(buckets.led));
    await removeBuckets();
  });

  it('runs the whole pipeline, to the bytes of npm start', async () => {
    await compose(buckets.led, runToCompletion);
    assert.deepEqual(withoutBucketSettings(await publishedHashes(buckets.led, timestamp)), expected);
    assert.match(await compose(buckets.led, runToCompletion), /done already: nothing ran/);
  });

  it('runs one step after those that it needs, and finds what is done', async () => {
    assert.match(await compose(buckets.led, ['run', '--rm', 'fetch-data']), /already done/);
    assert.match(await compose(buckets.led, ['run', '--rm', 'fetch-data', '--force']), /INFO done/);
  });

  it('runs the steps one after another, to the same bytes', async () => {
    await compose(buckets.chained, ['up', '--detach']);
    for (const step of steps) {
      const id = await dockerOutput(composed(['ps', '--all', '--quiet', step]), environment(buckets.chained));
      assert.equal(await dockerOutput(['wait', id]), '0', step);
      const policy = await dockerOutput(['inspect', '--format', '{{json .HostConfig.RestartPolicy}}', id]);
      assert.deepEqual(JSON.parse(policy), { Name: 'on-failure', MaximumRetryCount: 3 });
    }
    assert.deepEqual(withoutBucketSettings(await publishedHashes(buckets.chained, timestamp)), expected);
  });

  it('publishes no port', async () => {
    const ids = await dockerOutput(['ps', '--quiet', '--filter', `label=com.docker.compose.project=${project}`]);
    const bindings = await dockerOutput([
      'inspect',
      '--format',
      '{{json .HostConfig.PortBindings}}',
      ...ids.split('\n'),
    ]);
    assert.deepEqual([...new Set(bindings.split('\n'))], ['{}']);
  });

  it('hands a signal on to the step', async () => {
    const lock = startDocker(
      composed(['exec', '--no-TTY', 'postgres', 'sh', '-c', lockLoans]),
      environment(buckets.chained),
    );
    await lock.until(/LOCK TABLE/);
    const run = ['run', '--rm', '--no-deps', '--name', `${project}-stopped`, 'fetch-data', '--force'];
    const step = startDocker(composed(run), environment(buckets.chained));
    await step.until(/reading table/);
    // to compose itself: `docker`, without a terminal, only hangs up on it
    for (const pid of await childrenOf(step.child.pid ?? 0, 'compose')) process.kill(pid, 'SIGTERM');
    assert.equal(await step.ended, 143, step.said());
    assert.match(step.said(), /stopped: SIGTERM/);
    lock.child.kill();
    await lock.ended;
  });

  it('leaves nothing behind', async () => {
    await compose(buckets.led, ['--profile', '*', 'down', '--volumes']);
    const filter = ['--quiet', '--filter', `label=com.docker.compose.project=${project}`];
    for (const list of [
      ['ps', '--all'],
      ['volume', 'ls'],
      ['network', 'ls'],
    ])
      assert.equal(await dockerOutput([...list, ...filter]), '');
  });
});

const lockLoans = `PGPASSWORD=postgres psql -h 127.0.0.1 -U postgres -d credit_db \
  -c 'BEGIN; LOCK TABLE loans IN ACCESS EXCLUSIVE MODE' -c 'SELECT pg_sleep(600)'`;
