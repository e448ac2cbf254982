import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runRecordSchema } from '../../pipeline/orchestrator/run-record.ts';
import { runRecordKey } from '../../tasks/artifacts/artifact-keys.ts';
import { type TaskId, taskIds } from '../../tasks/artifacts/catalogue.ts';
import { chaosCases, inLanes } from '../support/chaos-cases.ts';
import { heldTasks, holding } from '../support/hold.ts';
import { artifactHashes, childrenOf, logicalDate, startCommand } from '../support/pipeline-command.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { seedTestLoans } from '../support/seed-test-loans.ts';
import { assertNoOrphans, storeWithout } from '../support/undone-store.ts';

const [, , [, entrypoint, key]] = heldTasks;

describe('who comes at the same time, or too late', { timeout: 40 * 60_000 }, () => {
  let postgres: TestPostgres;
  let folder: string;
  let base: string;
  let expected: Record<string, string>;

  before(async () => {
    postgres = await startPostgres();
    await seedTestLoans(postgres.url, 60);
    folder = await mkdtemp(join(tmpdir(), 'races-'));
    base = join(folder, 'base');
    assert.equal(await run(base).ended, 0);
    expected = await artifactHashes(base);
  });

  after(async () => {
    await postgres?.stop();
    await rm(folder, { recursive: true, maxRetries: 10 });
  });

  function run(store: string, more: Readonly<Record<string, string>> = {}) {
    const environment = { ARTIFACT_STORE: `file://${store}`, DATABASE_URL: postgres.url, ...more };
    return startCommand(['run', '--logical-date', logicalDate], environment);
  }

  async function outcomesOf(store: string, taskId: TaskId): Promise<string[]> {
    const text = await readFile(join(store, runRecordKey('credit_default_pipeline', '20240101T000000')), 'utf8');
    const { tasks } = runRecordSchema.parse(JSON.parse(text));
    return (tasks[taskId]?.attempts ?? []).map((attempt) => (attempt.phase === 'ended' ? attempt.outcome : 'open'));
  }

  it('of orchestrators that start together one acts, and no attempt is made twice', async (t) => {
    const cases = Array.from({ length: Math.ceil(chaosCases / 10) }, (_, index) => index);
    let waited = 0;
    await inLanes(cases, 1, async (index) => {
      const taskId = taskIds[index % taskIds.length] ?? 'fetch_data';
      const store = await storeWithout(taskId, base, join(folder, `together-${index}`));
      const both = [run(store), run(store)];
      const codes = await Promise.all(both.map(({ ended }) => ended));
      const said = both.map((command) => command.said()).join('---\n');
      assert(codes.includes(0), said);
      for (const code of codes) assert([0, 75].includes(Number(code)), said);
      if (codes.includes(75)) waited++;
      assert.deepEqual(await outcomesOf(store, taskId), ['succeeded'], said);
      assert.deepEqual(await artifactHashes(store), expected, said);
      await rm(store, { recursive: true, maxRetries: 10 });
    });
    t.diagnostic(`${cases.length} pairs, ${waited} times one exited 75, all converged`);
  });

  it('an attempt that was paused, and wakes when its replacement has published, changes nothing', async () => {
    const store = await storeWithout('train_model', base, join(folder, 'zombie'));
    const first = run(store, holding(key, import.meta.filename));
    await first.until(/train_model attempt 1 runs/);
    const [zombie = 0] = await childrenOf(first.child.pid ?? 0, entrypoint);
    process.kill(zombie, 'SIGSTOP');
    first.child.kill('SIGKILL');
    await first.ended;
    const second = run(store);
    assert.equal(await second.ended, 0, second.said());
    assert.deepEqual(await outcomesOf(store, 'train_model'), ['cancelled', 'succeeded']);
    process.kill(zombie, 'SIGCONT');
    await assertNoOrphans(store, 'the paused attempt');
    assert.deepEqual(await artifactHashes(store), expected);
  });
});
