import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { creditDefaultDag } from '../../pipeline/credit-default-dag.ts';
import { logKey } from '../../tasks/artifacts/artifact-keys.ts';
import { taskEntry, taskIds } from '../../tasks/artifacts/catalogue.ts';
import { dueRun } from '../../tasks/artifacts/run-dates.ts';
import { DirectoryStore } from '../../tasks/artifacts/stores/directory/directory-store.ts';
import { holding, holdingForGood } from '../support/hold.ts';
import { runCommand, startCommand } from '../support/pipeline-command.ts';
import { clusterEnvironment } from '../support/test-cluster.ts';

const closedStore = {
  AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'id',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_MAX_ATTEMPTS: '1',
};
const kubeconfig = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'c', cluster: { server: 'http://127.0.0.1:1' } }],
  users: [{ name: 'u', user: {} }],
  contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
  'current-context': 'x',
});

async function temporaryDirectory(t: { after(act: () => Promise<void>): void }): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'commands-'));
  t.after(() => rm(directory, { recursive: true, maxRetries: 10 }));
  return directory;
}

test('in a cluster an orchestrator waits for a store that is not up yet, and logs it as JSON', async (t) => {
  const KUBECONFIG = join(await temporaryDirectory(t), 'config');
  await writeFile(KUBECONFIG, kubeconfig);
  const environment = { ...closedStore, ...clusterEnvironment, KUBECONFIG, LOG_FORMAT: 'json' };
  const command = startCommand(['schedule', '--executor', 'kubernetes'], environment);
  await command.until(/object store unavailable, retrying/);
  command.child.kill('SIGTERM');
  assert.equal(await command.ended, 143);
  for (const line of command.said().trim().split('\n')) assert.doesNotThrow(() => JSON.parse(line), line);
});

test('on a laptop a store that is not there is an error at once', async () => {
  const { code, said } = await runCommand(['run'], closedStore);
  assert.equal(code, 69, said);
});

test('with LOG_FORMAT=json a fault of the settings is a line of JSON', async () => {
  const { code, said } = await runCommand(['run'], { LOG_FORMAT: 'json', RETRIES: 'many' });
  assert.equal(code, 64);
  assert.deepEqual([JSON.parse(said).level, JSON.parse(said).exitCode], ['ERROR', 64]);
});

const noFullDevice = existsSync('/dev/full') ? false : 'this system has no /dev/full';

test('output that a full disk does not take is not said to be written', { skip: noFullDevice }, () => {
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(process.execPath, ['pipeline/cli.ts', '--help'], {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  });
  closeSync(full);
  assert.equal(status, 69, stderr);
  assert.equal(stderr, 'stdout did not take all that was written to it: ENOSPC: no space left on device, write\n');
});

test('a reader that goes away early is no fault', () => {
  const { status, stderr } = spawnSync(
    'bash',
    ['-o', 'pipefail', '-c', `"$0" pipeline/cli.ts --help | true`, process.execPath],
    {
      encoding: 'utf8',
    },
  );
  assert.deepEqual([status, stderr], [0, '']);
});

test('while another orchestrator is at work a wake-up has nothing to do, and a run exits 75', {
  timeout: 120_000,
}, async (t) => {
  const environment = { ARTIFACT_STORE: `file://${await temporaryDirectory(t)}` };
  const { timestamp = '' } = dueRun(creditDefaultDag.schedule, new Date()) ?? {};
  const leader = startCommand(['run'], { ...environment, ...holdingForGood(`create_s3_bucket/${timestamp}.json`) });
  t.after(async () => {
    leader.child.kill('SIGTERM');
    await leader.ended;
  });
  await leader.until(/create_s3_bucket attempt 1 runs/);
  const [wakeUp, run] = await Promise.all([runCommand(['schedule'], environment), runCommand(['run'], environment)]);
  assert.deepEqual([wakeUp.code, run.code], [0, 75], `${wakeUp.said}${run.said}`);
  assert.match(wakeUp.said, /is led by process \d+ \('pipeline run'\) on [^/ ]+, since 20\S+Z: nothing to do/);
  assert.equal(run.said.match(/is led by process .*; watching for \d+ s whether it is alive/g)?.length, 1, run.said);
});

test('in a pod without a database doctor says that it is not checked from there', async (t) => {
  const ARTIFACT_STORE = `file://${await temporaryDirectory(t)}`;
  const environment = { ARTIFACT_STORE, KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '1' };
  const { said } = await runCommand(['doctor'], environment);
  assert.match(said, /✔ database +not checked from here/);
});

test('every help fits 80 columns', async () => {
  const { said } = await runCommand(['--help'], {});
  const commands = [...said.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name = '']) => name);
  assert(commands.length > 9, said);
  const helps = await Promise.all(commands.map(async (name) => (await runCommand([name, '--help'], {})).said));
  const tasks = taskIds.map((taskId) => `tasks/${taskEntry(taskId).entrypoint}.ts`);
  const taskHelps = tasks.map((path) => spawnSync(process.execPath, [path, '--help'], { encoding: 'utf8' }).stdout);
  const wide = [said, ...helps, ...taskHelps].flatMap((text) => text.split('\n')).filter((line) => line.length > 80);
  assert.deepEqual(wide, []);
});

test('what is printed reaches a slow reader whole', async (t) => {
  const directory = await temporaryDirectory(t);
  const store = new DirectoryStore(directory);
  const line = `${JSON.stringify({ time: '2024-01-01T00:00:00.000Z', level: 'INFO', message: 'a line' })}\n`;
  const key = logKey('credit_default_pipeline', 'scheduled__2024-01-01T00:00:00+00:00', 'fetch_data', 1);
  await store.put(key, Buffer.from(line.repeat(10_000)));
  const command = `"${process.execPath}" pipeline/cli.ts logs 2024-01-01 fetch_data --json | (sleep 1; wc -c)`;
  const env = { ...process.env, ARTIFACT_STORE: store.url };
  const { stdout } = spawnSync('sh', ['-c', command], { encoding: 'utf8', env });
  assert.equal(Number(stdout), 10_000 * line.length);
});

for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
  test(`a standby waits for its leader, and goes on with the run when that one gets ${signal}`, {
    timeout: 120_000,
  }, async (t) => {
    const environment = { ARTIFACT_STORE: `file://${await temporaryDirectory(t)}`, RETRIES: '0' };
    const { timestamp = '' } = dueRun(creditDefaultDag.schedule, new Date()) ?? {};
    const held = { ...environment, ...holdingForGood(`create_s3_bucket/${timestamp}.json`) };
    const leader = startCommand(['schedule', '--standby'], held);
    await leader.until(/create_s3_bucket attempt 1 runs/);
    const standby = startCommand(['schedule', '--standby'], {
      ...environment,
      DATABASE_URL: 'postgres://127.0.0.1:1/x',
    });
    await standby.until(/stands by: run .* is led by process \d+ \('pipeline schedule --standby'\) on/);
    leader.child.kill(signal);
    await leader.ended;
    // it goes on until it lacks a database
    assert.equal(await standby.ended, 1, standby.said());
    assert.match(standby.said(), /create_s3_bucket attempt 2 succeeded.*fetch_data attempt 1 failed/s);
    assert.doesNotMatch(standby.said(), /create_s3_bucket attempt 3|fetch_data attempt 2/);
  });
}

test('a standby ends with its leader, and does nothing', { timeout: 120_000 }, async (t) => {
  const directory = await temporaryDirectory(t);
  const environment = { ARTIFACT_STORE: `file://${directory}`, RETRIES: '0', DATABASE_URL: 'postgres://127.0.0.1:1/x' };
  const { timestamp = '' } = dueRun(creditDefaultDag.schedule, new Date()) ?? {};
  const release = join(directory, 'held');
  await writeFile(release, '');
  const held = { ...environment, ...holding(`create_s3_bucket/${timestamp}.json`, release) };
  const leader = startCommand(['schedule', '--standby'], held);
  await leader.until(/create_s3_bucket attempt 1 runs/);
  const standby = startCommand(['schedule', '--standby'], environment);
  await standby.until(/stands by/);
  await rm(release);
  assert.deepEqual(await Promise.all([leader.ended, standby.ended]), [1, 1]);
  assert.match(standby.said(), /has failed already/);
  assert.doesNotMatch(standby.said(), /attempt/);
});
