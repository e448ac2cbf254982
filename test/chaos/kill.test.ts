import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { artifactNames } from '../../tasks/artifacts/catalogue.ts';
import { heldTasks, holdingForGood } from '../support/hold.ts';
import {
  artifactHashes,
  childrenOf,
  logicalDate,
  type PipelineCommand,
  startCommand,
} from '../support/pipeline-command.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { seedTestLoans } from '../support/seed-test-loans.ts';

const [, , training] = heldTasks;
const run = ['run', '--logical-date', logicalDate];

/** An orphan notices at its next step that the channel is closed. */
async function gone(pid: number): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (isAlive(pid)) {
    assert.ok(performance.now() < deadline, `process ${pid} has outlived its orchestrator by a minute`);
    await sleep(20);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('a run whose processes are killed', () => {
  let postgres: TestPostgres;
  let directory: string;
  let expected: Record<string, string>;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chaos-'));
    postgres = await startPostgres();
    await seedTestLoans(postgres.url, 400);
    assert.equal(await startRun('undisturbed').ended, 0);
    expected = await artifactHashes(join(directory, 'undisturbed'));
    assert.equal(Object.keys(expected).length, artifactNames.length);
  });

  after(async () => {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true, maxRetries: 10 });
  });

  function startRun(store: string, settings: Readonly<Record<string, string>> = {}): PipelineCommand {
    const environment = { ARTIFACT_STORE: `file://${join(directory, store)}`, DATABASE_URL: postgres.url };
    return startCommand(run, { ...environment, ...settings });
  }

  /** A run with a task that works, but publishes nothing. */
  async function startUntil([taskId, entrypoint, key]: (typeof heldTasks)[number], store: string) {
    const command = startRun(store, holdingForGood(key));
    await command.until(new RegExp(`${taskId} attempt 1 runs`));
    const [task] = await childrenOf(command.child.pid ?? 0, entrypoint);
    assert.ok(task, `${entrypoint} is not running:\n${command.said()}`);
    return { command, task };
  }

  for (const held of heldTasks) {
    const [taskId] = held;

    it(`ends with the same bytes when ${taskId} is killed with SIGKILL, and charges one retry`, async () => {
      const { command, task } = await startUntil(held, `kill-${taskId}`);
      process.kill(task, 'SIGKILL');
      assert.equal(await command.ended, 0, command.said());
      assert.match(command.said(), new RegExp(`${taskId} attempt 1 failed after .*SIGKILL`));
      assert.deepEqual(await artifactHashes(join(directory, `kill-${taskId}`)), expected);
    });

    it(`goes on in another process when the orchestrator is killed during ${taskId}`, async () => {
      const { command, task } = await startUntil(held, `orphan-${taskId}`);
      command.child.kill('SIGKILL');
      assert.equal(await command.ended, 'SIGKILL');

      const second = startRun(`orphan-${taskId}`);
      assert.equal(await second.ended, 0, second.said());
      assert.doesNotMatch(second.said(), /failed|lost/);
      assert.deepEqual(await artifactHashes(join(directory, `orphan-${taskId}`)), expected);
      await gone(task);
    });
  }

  it('replaces a task that was stopped at once and uncharged', async () => {
    const { command, task } = await startUntil(training, 'preempted');
    process.kill(task, 'SIGTERM');
    assert.equal(await command.ended, 0, command.said());
    assert.match(command.said(), /train_model attempt 1 preempted/);
    assert.deepEqual(await artifactHashes(join(directory, 'preempted')), expected);
  });

  it('stops with 143 on SIGTERM, leaves no task behind, and goes on at the next start', async () => {
    const { command, task } = await startUntil(training, 'stopped');
    command.child.kill('SIGTERM');
    assert.equal(await command.ended, 143, command.said());
    assert.throws(() => process.kill(task, 0), /ESRCH/);

    const second = startRun('stopped');
    assert.equal(await second.ended, 0, second.said());
    assert.doesNotMatch(second.said(), /fetch_data attempt/);
    assert.deepEqual(await artifactHashes(join(directory, 'stopped')), expected);
  });

  it('ends with success however often it is killed, at any moment', async () => {
    let code: number | string = '';
    let kills = 0;
    // each life a little longer than the one before, so that on any machine one is long enough for every step
    for (let lifeMs = 150; code !== 0 && lifeMs < 60_000; lifeMs *= 1.15) {
      const command = startRun('often');
      const timer = setTimeout(() => command.child.kill('SIGKILL'), lifeMs);
      code = await command.ended;
      clearTimeout(timer);
      if (code === 'SIGKILL') kills++;
      else assert.equal(code, 0, command.said());
    }
    assert.equal(code, 0);
    assert.ok(kills >= 3, `only ${kills} kills`);
    assert.deepEqual(await artifactHashes(join(directory, 'often')), expected);
  });
});
