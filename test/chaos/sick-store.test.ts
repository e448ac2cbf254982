import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { chaosCases, chaosSeed, isLongForm, randomOf } from '../support/chaos-cases.ts';
import { faultyProxy, type StoreFault, storeFaults, storeRefusals } from '../support/faulty-proxy.ts';
import { assertOneSentence } from '../support/one-sentence.ts';
import { logicalDate, runCommand } from '../support/pipeline-command.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { publishedHashes } from '../support/published-hashes.ts';
import { newBucketName, noS3Server, removeBuckets } from '../support/s3-test-buckets.ts';
import { seedTestLoans } from '../support/seed-test-loans.ts';

const timestamp = '20240101T000000';
const run = ['run', '--logical-date', logicalDate];
/** A run takes as long as twenty cases of the cheaper suites. */
const cases = Math.ceil(chaosCases / 20);

describe('a run on a store that is sick', { skip: noS3Server, timeout: 60 * 60_000 }, () => {
  let postgres: TestPostgres;
  let proxy: Server;
  let endpoint: string;
  let expected: Awaited<ReturnType<typeof publishedHashes>>;
  let faultOf: () => StoreFault | undefined = () => undefined;

  before(async () => {
    postgres = await startPostgres();
    await seedTestLoans(postgres.url, 60);
    proxy = createServer(faultyProxy(process.env.AWS_ENDPOINT_URL_S3 ?? '', () => faultOf()));
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const address = proxy.address();
    endpoint = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
    const bucket = newBucketName();
    assert.equal((await runCommand(run, settings(bucket))).code, 0);
    expected = await publishedHashes(bucket, timestamp);
  });

  after(async () => {
    proxy?.closeAllConnections();
    proxy?.close();
    await postgres?.stop();
    await removeBuckets();
  });

  function settings(bucket: string): Readonly<Record<string, string>> {
    const database = { DATABASE_URL: postgres.url, CHECKPOINT_AFTER_SECONDS: '0' };
    return { S3_BUCKET: bucket, ARTIFACT_STORE: '', AWS_ENDPOINT_URL_S3: endpoint, ...database };
  }

  it('ends with the same bytes, or with one sentence and then, the store well again, with the same bytes', async (t) => {
    const random = randomOf(chaosSeed);
    t.diagnostic(`CHAOS_CASES=${chaosCases} CHAOS_SEED=${chaosSeed}`);
    let [faults, stops] = [0, 0];
    for (let index = 0; index < cases; index++) {
      // one kind of fault alone, then all of them; more and more often
      const kind = index % 2 === 1 ? storeFaults[((index - 1) / 2) % storeFaults.length] : undefined;
      const often = kind === 'stalled' ? 0.01 : 0.04 + 0.3 * (index / cases) * random();
      faultOf = () => {
        if (random() >= often) return undefined;
        faults++;
        return kind ?? storeFaults[Math.floor(random() * (storeFaults.length - 1))];
      };
      const bucket = newBucketName();
      const about = `CHAOS_SEED=${chaosSeed}, case ${index}: ${kind ?? 'all'}`;
      const sick = await runCommand(run, settings(bucket));
      faultOf = () => undefined;
      if (sick.code !== 0) {
        stops++;
        assert([1, 69].includes(Number(sick.code)), `${about} exited ${sick.code}:\n${sick.said}`);
        await runCommand(['clear', logicalDate], settings(bucket));
        const well = await runCommand(run, settings(bucket));
        assert.equal(well.code, 0, `${about}:\n${well.said}`);
      }
      assert.deepEqual(await publishedHashes(bucket, timestamp), expected, about);
    }
    t.diagnostic(`${cases} runs, ${faults} faults, ${stops} stopped by them, all converged`);
    assert(faults > cases);
  });

  it('ends with 77 or 1 and one sentence where it is refused from some moment on, and later with the same bytes', async (t) => {
    const random = randomOf(chaosSeed);
    t.diagnostic(`CHAOS_SEED=${chaosSeed}`);
    const refusals = Array.from({ length: isLongForm ? Math.ceil(cases / 2) : 1 }, (_, index) => index);
    let refused = 0;
    for (const index of refusals) {
      const kind = storeRefusals[(chaosSeed + index) % storeRefusals.length];
      const from = Math.floor(random() * 80);
      let requests = 0;
      faultOf = () => (requests++ < from ? undefined : kind);
      const bucket = newBucketName();
      const about = `CHAOS_SEED=${chaosSeed}, case ${index}: ${kind} from request ${from} on`;
      const sick = await runCommand(run, settings(bucket));
      faultOf = () => undefined;
      refused += Math.max(0, requests - from);
      assert([1, 77].includes(Number(sick.code)), `${about} exited ${sick.code}:\n${sick.said}`);
      assertOneSentence(sick.said, about);
      assert.match(sick.said, /refused .*: (check the credentials|set the clock)/, about);
      assert(!sick.said.includes(process.env.AWS_SECRET_ACCESS_KEY ?? 'unset'), about);
      await runCommand(['clear', logicalDate], settings(bucket));
      const well = await runCommand(run, settings(bucket));
      assert.equal(well.code, 0, `${about}:\n${well.said}`);
      assert.deepEqual(await publishedHashes(bucket, timestamp), expected, about);
    }
    t.diagnostic(`${refusals.length} runs, ${refused} requests refused, all converged`);
  });

  const isShort = !isLongForm && 'one more run: CHAOS_CASES=1000';
  it('ends with the same bytes where its clock is hours off that of the store', { skip: isShort }, async () => {
    const bucket = newBucketName();
    const preload = `--import=${new URL('../support/jumping-clock.ts', import.meta.url)}`;
    const skewed = await runCommand(run, { ...settings(bucket), NODE_OPTIONS: preload, JUMP_HOURS: '5' });
    assert.equal(skewed.code, 0, skewed.said);
    assert.deepEqual(await publishedHashes(bucket, timestamp), expected);
  });
});
