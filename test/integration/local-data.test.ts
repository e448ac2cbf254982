import assert from 'node:assert/strict';
import { type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const artifacts = 'artifacts/credit_default_pipeline';

let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'local-data-'));
  await mkdir(join(folder, 'fresh'));
});

after(async () => {
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});

async function execute(command: string, args: readonly string[], options: SpawnOptions, settings: NodeJS.ProcessEnv) {
  const env = { PATH: process.env.PATH, HOME: folder, N_ESTIMATORS: '3', RETRIES: '0', ...settings };
  const child = spawn(command, args, { cwd: folder, ...options, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [[code], stdout, stderr] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}

/** As typed in the folder where `npm start` was, with nothing configured. */
function pipeline(command: string, settings: NodeJS.ProcessEnv = {}) {
  return execute(process.execPath, [join(root, 'pipeline/cli.ts'), ...command.split(' ')], {}, settings);
}

function linesOf(output: string): string[] {
  return output.trimEnd().split('\n');
}

describe('after npm start, with nothing configured', () => {
  before(async () => {
    const started = await pipeline('start --logical-date 2024-01-01 --rows 300');
    assert.equal(started.code, 0, started.stderr);
    assert.match(started.stdout, /^Accuracy: /m);
    assert.doesNotMatch(started.stdout, /INFO/);
  });

  test('every command uses what it made, and says so on stderr alone', async () => {
    const status = await pipeline('status --json');
    assert.equal(status.stderr, 'neither store nor database is configured: using .data of npm start\n');
    assert.deepEqual(
      JSON.parse(status.stdout).map(({ timestamp, state }: Record<string, string>) => [timestamp, state]),
      [['20240101T000000', 'success']],
    );
    assert.deepEqual(new Set(status.stdout.match(/(?<="placement": )"[^"]+"/g)), new Set(['"local"']));
    assert.match((await pipeline('logs 2024-01-01 fetch_data')).stdout, /loans read/);
    assert.match((await pipeline('doctor')).stdout, /✔ database +table loans can be read, and its 300 rows/);
    assert.match((await pipeline('seed-loans --rows 5')).stdout, /already holds 300 loans/);
  });

  test('in JSON it is JSON to the last line', async () => {
    const { code, stdout, stderr } = await pipeline('run --logical-date 2024-01-01', { LOG_FORMAT: 'json' });
    assert.equal(code, 0);
    assert.equal(stdout, '');
    for (const line of linesOf(stderr)) assert.doesNotThrow(() => JSON.parse(line), line);
  });

  test('clear and run do a task again, and --force all of them', async () => {
    assert.equal((await pipeline('clear 2024-01-01 --task evaluate_model --force')).code, 0);
    const again = await pipeline('run --logical-date 2024-01-01');
    assert.deepEqual(again.stderr.match(/\w+ attempt \d runs/g), ['evaluate_model attempt 2 runs']);
    const forced = await pipeline('start --logical-date 2024-01-01 --force');
    assert.equal(forced.stderr.match(/attempt \d runs/g)?.length, 4, forced.stderr);
  });

  test('a run that fails with a wrong setting is finished again with the right one', async () => {
    const wrong = await pipeline('run --logical-date 2024-01-01', { LOANS_TABLE: 'nowhere' });
    assert.equal(wrong.code, 1, wrong.stderr);
    const right = await pipeline('run --logical-date 2024-01-01');
    assert.equal(right.code, 0, right.stderr);
    assert.match(right.stderr, /was done already: nothing ran/);
    const why = /published and current with these settings, though attempt \d did not succeed/;
    assert.match((await pipeline('status 2024-01-01')).stdout.replaceAll(/\s+/g, ' '), why);
    const page = join(folder, '.data', artifacts, 'runs/20240101T000000/index.html');
    assert.match(await readFile(page, 'utf8'), why);
  });

  test('what to type next can be pasted, and a task that did not run is said to', async () => {
    const failed = await pipeline('run --logical-date 2024-01-21', { LOANS_TABLE: 'nowhere' });
    const advice =
      "see 'npx pipeline logs 20240121T000000 fetch_data'; 'npx pipeline clear 20240121T000000', then 'npx pipeline run";
    assert(failed.stderr.includes(advice), failed.stderr);
    assert.match((await pipeline('logs 20240121T000000 train_model')).stderr, /has not run \(upstream_failed\): see/);
    assert.match((await pipeline('logs 2024-01-31 train_model')).stderr, /there is no run scheduled__2024-01-31/);
    await pipeline('clear 20240121T000000 --force');
    const [run] = JSON.parse((await pipeline('status 20240121T000000 --json')).stdout).tasks.slice(1, 2);
    assert.deepEqual([run.state, run.reason], ['none', null]);
  });

  test('a failed run is shown whole, within 80 columns', async () => {
    await pipeline('run --logical-date 2024-01-11', { LOANS_TABLE: 'nowhere' });
    const details = await pipeline('status 2024-01-11');
    for (const line of linesOf(details.stdout)) assert(line.length <= 80 || !line.trim().includes(' '), line);
    const shown = details.stdout.replaceAll(/\s+/g, ' ');
    assert.match(shown, /failed \(65\)/);
    assert.match(shown, /there is no table nowhere in [^ ]+: set LOANS_TABLE or DATASET/);
    for (const line of linesOf((await pipeline('status')).stdout)) assert(line.length <= 80, line);
  });

  test('--reset removes the database and the artifacts, and nothing else', async () => {
    await cp(join(folder, '.data'), join(folder, 'copy'), { recursive: true });
    await writeFile(join(folder, 'copy/mine.txt'), 'keep me');
    const { code, stderr } = await pipeline('start --data copy --logical-date 2024-01-11 --rows 200 --reset');
    assert.equal(code, 0, stderr);
    assert.equal(await readFile(join(folder, 'copy/mine.txt'), 'utf8'), 'keep me');
    assert.equal(existsSync(join(folder, 'copy', artifacts, 'runs/20240101T000000')), false);
    assert.match(stderr, /removed .*artifacts and .*now holds 200 loans/s);
    assert.match(stderr, /live by 'ARTIFACT_STORE=file:\/\/\S+\/copy\/artifacts npx pipeline ui'/);
  });
});

test('npx pipeline prints what the command prints and nothing else, on the Node that npm ci brings', async () => {
  const settings = { npm_config_cache: join(folder, 'npm'), npm_config_offline: 'true' };
  const { code, stdout, stderr } = await execute('npx', ['pipeline', '--version'], { cwd: root }, settings);
  assert.equal(code, 0, stderr);
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  assert.deepEqual([stdout, stderr], [`${version}\n`, '']);
});

test('where npm start has made nothing the doctor says what it looks at', async () => {
  const { stdout } = await execute(
    process.execPath,
    [join(root, 'pipeline/cli.ts'), 'doctor'],
    { cwd: join(folder, 'fresh') },
    { AWS_EC2_METADATA_DISABLED: 'true' },
  );
  assert.match(stdout, /neither store nor database is configured: what follows is about the defaults/);
});

test('where npm start has made nothing a command says so when the defaults are not there', async () => {
  const { code, stderr } = await execute(
    process.execPath,
    [join(root, 'pipeline/cli.ts'), 'status'],
    { cwd: join(folder, 'fresh') },
    { AWS_EC2_METADATA_DISABLED: 'true' },
  );
  assert.equal(code, 77, stderr);
  assert.match(
    stderr,
    /^neither store nor database is configured, and \S+fresh has no \.data, where 'npm start' keeps both$/m,
  );
});
