import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { artifactNames, catalogue } from '../../tasks/artifacts/catalogue.ts';
import {
  buildImages,
  type Docker,
  dockerOutput,
  type ImageName,
  imageOf,
  noEngine,
  runDocker,
  startDocker,
} from '../support/docker.ts';
import { lockLoans } from '../support/locked-table.ts';
import { artifactHashes, logicalDate, quickSettings, runCommand } from '../support/pipeline-command.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { publishedHashes } from '../support/published-hashes.ts';
import { newBucketName, noS3Server, removeBuckets } from '../support/s3-test-buckets.ts';
import { seedTestLoans } from '../support/seed-test-loans.ts';

type Environment = Readonly<Record<string, string>>;

const timestamp = '20240101T000000';
const rows = 2000;
const tasks = Object.values(catalogue).map(({ entrypoint }) => entrypoint);

/** As a cluster confines them; the host's network, so that the test's own servers are at hand. */
const confined = [
  ...['--network', 'host', '--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
  ...['--user', '10001', '--memory', '2g', '--cpus', '1'],
];

let postgres: TestPostgres;

before(async () => {
  if (noEngine || noS3Server) return;
  const [started] = await Promise.all([startPostgres(), buildImages()]);
  postgres = started;
  await seedTestLoans(postgres.url, rows);
});

after(async () => {
  await postgres?.stop();
  await removeBuckets();
});

function settings(bucket: string): Environment {
  const { AWS_ENDPOINT_URL_S3 = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_REGION = '' } = process.env;
  const store = { AWS_ENDPOINT_URL_S3, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION };
  return { ...quickSettings, ...store, S3_BUCKET: bucket, DATABASE_URL: postgres.url, LOGICAL_DATE: logicalDate };
}

function flags(environment: Environment): string[] {
  return Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
}

function runArguments(image: ImageName, environment: Environment, name?: string): string[] {
  const named = name ? ['--name', name] : [];
  return ['run', '--rm', ...named, ...confined, ...flags(environment), imageOf(image)];
}

async function runSteps(steps: readonly ImageName[], environment: Environment): Promise<void> {
  for (const step of steps) {
    const { code, said } = await runDocker(runArguments(step, environment));
    assert.equal(code, 0, said);
  }
}

describe('the four steps by docker run', { skip: noEngine || noS3Server }, () => {
  const buckets = { whole: newBucketName(), killed: newBucketName() };
  let expected: Readonly<Record<string, string | undefined>>;

  /** The artifacts that a store's kind does not decide. */
  function withoutBucketSettings(hashes: Readonly<Record<string, string | undefined>>) {
    return Object.fromEntries(Object.entries(hashes).filter(([key]) => !key.includes('/create_s3_bucket/')));
  }

  before(async () => {
    const data = await mkdtemp(join(tmpdir(), 'images-'));
    const start = ['start', '--rows', String(rows), '--logical-date', logicalDate, '--data', data];
    const { code, said } = await runCommand(start);
    assert.equal(code, 0, said);
    expected = withoutBucketSettings(await artifactHashes(join(data, 'artifacts')));
    await rm(data, { recursive: true });
  });

  it('make the bytes that npm start makes of the same loans', async () => {
    await runSteps(tasks, settings(buckets.whole));
    assert.equal(Object.keys(expected).length, artifactNames.length - 1);
    assert.deepEqual(withoutBucketSettings(await publishedHashes(buckets.whole, timestamp)), expected);
  });

  it('are found done when run again', async () => {
    for (const task of tasks) {
      const { code, said } = await runDocker(runArguments(task, settings(buckets.whole)));
      assert.equal(code, 0, said);
      assert.match(said, /already done/);
    }
  });

  it('make the same bytes after a step was killed, and stopped', async () => {
    const environment = settings(buckets.killed);
    await runSteps(['create-bucket'], environment);
    const lock = await lockLoans(postgres.url);
    assert.equal(await endedBy('KILL', 'fetch-data', environment, /reading table/), 137);
    assert.equal(await endedBy('TERM', 'fetch-data', environment, /reading table/), 143);
    await lock.release();
    await runSteps(['fetch-data'], environment);

    // far more work than it takes to hand on a signal
    const slow = { ...environment, N_ESTIMATORS: '10000', MAX_DEPTH: 'none', CHECKPOINT_AFTER_SECONDS: '0' };
    assert.equal(await endedBy('TERM', 'train-model', slow, /loans split/), 143);
    assert.equal(await endedBy('KILL', 'train-model', slow, /loans split/), 137);
    await runSteps(['train-model', 'evaluate-model'], environment);
    assert.deepEqual(withoutBucketSettings(await publishedHashes(buckets.killed, timestamp)), expected);
  });

  /** The exit code of a step that got the signal once it had said something. */
  async function endedBy(signal: string, image: ImageName, environment: Environment, said: RegExp) {
    const name = `${buckets.killed}-${signal}`;
    const step: Docker = startDocker(runArguments(image, environment, name));
    await step.until(said);
    await dockerOutput(['kill', '--signal', signal, name]);
    return await step.ended;
  }

  it('handle SIGTERM while they are still loading', async () => {
    const lock = await lockLoans(postgres.url);
    const commands = { 'fetch-data': ['--force'], pipeline: ['run', '--logical-date', '2024-01-11'] } as const;
    for (const image of ['fetch-data', 'pipeline'] as const) {
      const create = ['create', ...confined, ...flags(settings(buckets.whole)), imageOf(image), ...commands[image]];
      const id = await dockerOutput(create);
      await dockerOutput(['start', id]);
      // what comes before Node runs any of our code is lost on process 1: the next one is not
      while ((await runDocker(['kill', '--signal', 'TERM', id])).code === 0);
      const { said } = await runDocker(['logs', id]);
      assert.equal(await dockerOutput(['inspect', '--format', '{{.State.ExitCode}}', id]), '143', said);
      await dockerOutput(['rm', id]);
    }
    await lock.release();
  });

  const refusals: readonly (readonly [string, ImageName, Environment, number])[] = [
    ['settings that are wrong', 'train-model', { N_ESTIMATORS: 'many', THREADS: '0', TEST_SIZ: '1' }, 64],
    ['two stores', 'create-bucket', { ARTIFACT_STORE: 's3://another' }, 64],
    ['a table that is not there', 'fetch-data', { LOANS_TABLE: 'nowhere' }, 65],
    ['an input that is not published', 'evaluate-model', { LOGICAL_DATE: '2024-01-11' }, 66],
    ['credentials that are refused', 'fetch-data', { AWS_SECRET_ACCESS_KEY: 'not-the-secret' }, 77],
  ];

  for (const [what, task, wrong, code] of refusals) {
    it(`refuse ${what} with ${code}, in the words of the process outside`, async () => {
      const environment = { ...settings(buckets.whole), ...wrong };
      const inside = await runDocker(runArguments(task, environment));
      const outside = await runCommand([], environment, `tasks/${task}.ts`);
      assert.equal(inside.code, code, inside.said);
      assert.equal(outside.code, code, outside.said);
      assert.deepEqual(linesOf(inside.said), linesOf(outside.said));
    });
  }

  /** Without the times; stdout and stderr may come in any order. */
  function linesOf(said: string): string[] {
    return said
      .split('\n')
      .map((line) => line.replace(/^\d\d:\d\d:\d\d /, ''))
      .sort();
  }
});
