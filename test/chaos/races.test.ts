import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runRecordSchema } from '../../pipeline/orchestrator/run-record.ts';
import { runRecordKey } from '../../tasks/artifacts/artifact-keys.ts';
import { catalogue, type TaskId, taskIds } from '../../tasks/artifacts/catalogue.ts';
import { chaosCases, inLanes, isLongForm } from '../support/chaos-cases.ts';
import { heldTasks, holding } from '../support/hold.ts';
import {
  artifactHashes,
  childrenOf,
  logicalDate,
  type PipelineCommand,
  startCommand,
} from '../support/pipeline-command.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { seedTestLoans } from '../support/seed-test-loans.ts';
import { assertNoOrphans, storeWithout } from '../support/undone-store.ts';

const [, fetching, training, evaluating] = heldTasks;
const [, entrypoint, key] = training;

/** A writer that is too late, and what then reads its output. */
const lateWriters = isLongForm
  ? ([
      [training, evaluating],
      [fetching, training],
    ] as const)
  : ([[training, evaluating]] as const);

/** What a store that knows no conditions takes although it should refuse it. */
const lostConditions = ['no condition', 'the condition of its data', 'each condition'] as const;

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
    await postgres.query('CREATE TABLE older_loans AS SELECT * FROM loans; UPDATE older_loans SET age = age + 1');
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
    const cases = Array.from({ length: isLongForm ? Math.ceil(chaosCases / 5) : 4 }, (_, index) => index);
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

  /** A task alone, with other settings than the run: it works, and its write is under way. */
  async function startLate(
    [taskId, name, lateKey]: (typeof heldTasks)[number],
    store: string,
    lost: (typeof lostConditions)[number],
  ) {
    const hold = `${store}.hold`;
    await writeFile(hold, '');
    const endings = {
      'no condition': '',
      'the condition of its data': lateKey,
      'each condition': `${lateKey} .SUCCESS`,
    };
    const late = startTask(name, store, {
      NODE_OPTIONS: `--import=${new URL('../support/late-writer.ts', import.meta.url)}`,
      LATE_KEY: lateKey,
      LATE_WHILE: hold,
      LATE_WITHOUT: endings[lost],
      ...(taskId === 'fetch_data' ? { LOANS_TABLE: 'older_loans' } : { N_ESTIMATORS: '6' }),
    });
    await late.until(/^late$/m);
    return { late, release: () => rm(hold) };
  }

  function startTask(name: string, store: string, more: Readonly<Record<string, string>>): PipelineCommand {
    const environment = { ARTIFACT_STORE: `file://${store}`, DATABASE_URL: postgres.url, ...more };
    return startCommand(['--logical-date', logicalDate, '--force'], environment, `tasks/${name}.ts`);
  }

  for (const [writer, reader] of lateWriters)
    for (const lost of lostConditions)
      it(`a ${writer[0]} that writes after its replacement has published is not believed, if ${lost} gets lost`, async () => {
        const store = await storeWithout(writer[0], base, join(folder, `late ${writer[0]} ${lost}`));
        const { late, release } = await startLate(writer, store, lost);
        const replacement = run(store);
        assert.equal(await replacement.ended, 0, replacement.said());
        assert.deepEqual(await artifactHashes(store), expected);

        await release();
        const isWhole = lost === 'each condition';
        assert.equal(await late.ended, isWhole ? 0 : 75, late.said());
        const found = await artifactHashes(store);
        if (lost === 'no condition') assert.deepEqual(found, expected);
        else assert.notDeepEqual(found, expected);
        if (lost === 'the condition of its data') {
          const refusal = await startTask(reader[1], store, {}).ended;
          assert.equal(refusal, 66);
        }

        const next = run(store);
        assert.equal(await next.ended, 0, next.said());
        assert.deepEqual(await artifactHashes(store), expected, next.said());
        const times = lost === 'no condition' ? 1 : 2;
        assert.deepEqual(
          await outcomesOf(store, writer[0]),
          Array.from({ length: times }, () => 'succeeded'),
        );
        assert.deepEqual(await outcomesOf(store, reader[0]), []);
      });

  it('a clock that jumps by hours, forward and back, changes neither the bytes nor the attempts', async (t) => {
    const cases = isLongForm ? 20 : 1;
    for (let index = 0; index < cases; index++) {
      const store = join(folder, `clock-${index}`);
      const victim = catalogue[taskIds[(index + 2) % taskIds.length] ?? 'train_model'].entrypoint;
      const preloads = ['jumping-clock.ts', 'numbered-points.ts'];
      const command = run(store, {
        NODE_OPTIONS: preloads.map((name) => `--import=${new URL(`../support/${name}`, import.meta.url)}`).join(' '),
        JUMP_EVERY_MS: String(100 + 50 * (index % 10)),
        POINTS: `${victim} 1 20 SIGKILL before`,
        RETRY_DELAY_SECONDS: '1',
      });
      assert.equal(await command.ended, 0, `case ${index}: ${command.said()}`);
      assert.deepEqual(await artifactHashes(store), expected, `case ${index}`);
      for (const taskId of taskIds) {
        const outcomes = catalogue[taskId].entrypoint === victim ? ['failed', 'succeeded'] : ['succeeded'];
        assert.deepEqual(await outcomesOf(store, taskId), outcomes, `case ${index}: ${command.said()}`);
      }
    }
    t.diagnostic(`${cases} runs under a clock that jumps, all converged`);
  });
});
