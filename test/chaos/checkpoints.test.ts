import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { plausibleLoans } from '../../pipeline/demo/plausible-loans.ts';
import { DirectoryStore } from '../../tasks/artifacts/stores/directory/directory-store.ts';
import { columnNames, headerLine } from '../support/article-columns.ts';
import { holdingForGood } from '../support/hold.ts';
import { artifactHashes, logicalDate, type PipelineCommand, startCommand } from '../support/pipeline-command.ts';
import { publish } from '../support/publishing.ts';

const trees = 40;
const blocks = 'credit_default_pipeline/train_model/20240101T000000.blocks';

describe('a training that is cut short', () => {
  let directory: string;
  let expected: Record<string, string>;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'checkpoints-'));
    await storeWithLoans('undisturbed');
    assert.equal(await startTraining('undisturbed', 1).ended, 0);
    expected = await artifactHashes(join(directory, 'undisturbed'));
    assert.equal(Object.keys(expected).length, 3);
  });

  after(() => rm(directory, { recursive: true, force: true, maxRetries: 10 }));

  async function storeWithLoans(name: string): Promise<void> {
    const store = new DirectoryStore(join(directory, name));
    await store.ensureBucket();
    const lines = Array.from(plausibleLoans(12_000, 1), (loan) => columnNames.map((column) => loan[column]).join(','));
    await publish(store, 'loans', `${headerLine}${lines.join('\n')}\n`);
  }

  /** Deep trees, so that there is time to cut them short. */
  function startTraining(store: string, threads: number, settings: Readonly<Record<string, string>> = {}) {
    const environment = {
      ARTIFACT_STORE: `file://${join(directory, store)}`,
      N_ESTIMATORS: String(trees),
      MAX_DEPTH: 'none',
      THREADS: String(threads),
      CHECKPOINT_AFTER_SECONDS: '0',
    };
    return startCommand(['--logical-date', logicalDate], { ...environment, ...settings }, 'tasks/train-model.ts');
  }

  async function blocksIn(store: string): Promise<string[]> {
    const files = await readdir(join(directory, store, blocks), { recursive: true }).catch(() => []);
    return files.filter((name) => /\/\d+-\d+$/.test(name));
  }

  /** One that saves its blocks, but does not come to its end. */
  function startEndless(store: string, threads: number): PipelineCommand {
    return startTraining(store, threads, holdingForGood('.onnx'));
  }

  async function untilMoreBlocks(training: PipelineCommand, store: string, than: number): Promise<void> {
    while ((await blocksIn(store)).length <= than) {
      assert.equal(training.child.exitCode, null, training.said());
      await sleep(2);
    }
  }

  it('ends with the same bytes, after any kill and with any number of threads', async () => {
    await storeWithLoans('killed');
    const threads = [1, 2, 3, 7];
    for (let kill = 0; kill < 10; kill++) {
      const before = (await blocksIn('killed')).length;
      const training = startEndless('killed', threads[kill % threads.length] ?? 1);
      // so that the last one has something left to grow
      if (before < 8) await untilMoreBlocks(training, 'killed', before);
      else await training.until(/loans split/);
      training.child.kill('SIGKILL');
      await training.ended;
    }
    const last = startTraining('killed', 2);
    assert.equal(await last.ended, 0, last.said());
    assert.match(last.said(), /checkpoints taken up trees=\d/);
    assert.deepEqual(await artifactHashes(join(directory, 'killed')), expected);
  });

  it('is saved by SIGTERM as far as it came, within 10 s, and taken up by the next', async () => {
    await storeWithLoans('stopped');
    // however late the signal comes, there is a block that is not saved
    const training = startTraining('stopped', 2, holdingForGood(`/${trees - trees / 10}-${trees - 1}`));
    await untilMoreBlocks(training, 'stopped', 0);
    const stoppedAt = performance.now();
    training.child.kill('SIGTERM');
    assert.equal(await training.ended, 143, training.said());
    assert.ok(performance.now() - stoppedAt < 10_000);
    const saved = (await blocksIn('stopped')).length;
    assert.ok(saved > 0 && saved < 10, `${saved} blocks`);

    const next = startTraining('stopped', 3);
    assert.equal(await next.ended, 0, next.said());
    assert.match(next.said(), new RegExp(`checkpoints taken up trees=${(saved * trees) / 10}\\b`));
    assert.deepEqual(await artifactHashes(join(directory, 'stopped')), expected);
  });

  it('with other settings takes up nothing', async () => {
    await storeWithLoans('changed');
    const training = startEndless('changed', 2);
    await untilMoreBlocks(training, 'changed', 0);
    training.child.kill('SIGKILL');
    await training.ended;
    const other = startTraining('changed', 2, { MAX_DEPTH: '3' });
    assert.equal(await other.ended, 0, other.said());
    assert.doesNotMatch(other.said(), /taken up/);
    assert.deepEqual(await blocksIn('changed'), []);
  });
});
