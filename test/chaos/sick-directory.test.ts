import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { TaskId } from '../../tasks/artifacts/catalogue.ts';
import { chaosCases, chaosSeed, isLongForm, randomOf, shuffled } from '../support/chaos-cases.ts';
import { heldTasks, holding } from '../support/hold.ts';
import { assertOneSentence } from '../support/one-sentence.ts';
import { artifactHashes, logicalDate, runCommand, startCommand } from '../support/pipeline-command.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { seedTestLoans } from '../support/seed-test-loans.ts';
import { noDisk, SmallDisk } from '../support/small-disk.ts';
import { assertNoOrphans, storeWithout } from '../support/undone-store.ts';

/** All that a run writes fits into it, more than once. */
const diskKilobytes = 4096;
/** A little more than a run needs: the disk is full at any of its writes, and now and then at none. */
const neededKilobytes = 260;

type Held = (typeof heldTasks)[number];

describe('a run on a directory that is sick', { timeout: 40 * 60_000 }, () => {
  let postgres: TestPostgres;
  let folder: string;
  let base: string;
  let expected: Record<string, string>;
  let stores = 0;

  before(async () => {
    postgres = await startPostgres();
    await seedTestLoans(postgres.url, 60);
    folder = await mkdtemp(join(tmpdir(), 'sick-directory-'));
    base = join(folder, 'base');
    assert.equal(await start(base).ended, 0);
    expected = await artifactHashes(base);
  });

  after(async () => {
    await postgres?.stop();
    await rm(folder, { recursive: true, maxRetries: 10 });
  });

  function settings(store: string, more: Readonly<Record<string, string>> = {}) {
    return { ARTIFACT_STORE: `file://${store}`, DATABASE_URL: postgres.url, ...more };
  }

  function start(store: string, more?: Readonly<Record<string, string>>) {
    return startCommand(['run', '--logical-date', logicalDate], settings(store, more));
  }

  async function withDisk(act: (disk: SmallDisk, store: string) => Promise<void>): Promise<void> {
    const disk = new SmallDisk(join(folder, `disk-${stores++}`), diskKilobytes);
    try {
      await act(disk, join(disk.path, 'store'));
    } finally {
      disk.remove();
    }
  }

  /** With a `clear` where the run is recorded as failed. */
  async function assertEndsWell(store: string, about: string): Promise<void> {
    let well = await runCommand(['run', '--logical-date', logicalDate], settings(store));
    if (well.code === 1) {
      assert.match(well.said, /has failed already/, about);
      await runCommand(['clear', logicalDate], settings(store));
      well = await runCommand(['run', '--logical-date', logicalDate], settings(store));
    }
    assert.equal(well.code, 0, `${about}:\n${well.said}`);
    assert.deepEqual(await artifactHashes(store), expected, about);
    await assertNoOrphans(store, about);
    const drafts = (await readdir(join(store, '.store'))).filter((name) => name.endsWith('.draft'));
    assert.deepEqual(drafts, [], about);
  }

  it('says that the disk is full at any of its writes', { skip: noDisk }, async (t) => {
    const random = randomOf(chaosSeed);
    const cases = isLongForm ? Math.ceil(chaosCases / 20) : 2;
    t.diagnostic(`CHAOS_CASES=${chaosCases} CHAOS_SEED=${chaosSeed}`);
    let stops = 0;
    for (let index = 0; index < cases; index++) {
      await withDisk(async (disk, store) => {
        // the first one is stopped for certain
        const left = Math.floor(random() * (index === 0 ? 50 : neededKilobytes));
        const about = `CHAOS_SEED=${chaosSeed}, case ${index}: ${left} kB left`;
        disk.fill(left);
        const sick = start(store);
        const code = await sick.ended;
        if (code !== 0) {
          stops++;
          assert([1, 69].includes(Number(code)), `${about} exited ${code}:\n${sick.said()}`);
          assertOneSentence(sick.said(), about);
          assert.match(sick.said(), /the disk of .* is full .*free some space/, about);
        }
        disk.free();
        await assertEndsWell(store, about);
      });
    }
    t.diagnostic(`${cases} runs, ${stops} stopped by a full disk, all converged`);
    assert(stops > 0);
  });

  it('says that the file system became read-only, and goes on once it is not', { skip: noDisk }, async () => {
    for (const held of isLongForm ? heldTasks : heldTasks.slice(2, 3))
      await withDisk(async (disk, store) => {
        const { command, release } = await startHeld(held, store);
        disk.makeReadOnly();
        await release();
        assert.equal(await command.ended, 77, command.said());
        assertOneSentence(command.said(), held[0]);
        assert.match(command.said(), /is on a read-only file system .*choose another place|may not write/);
        disk.makeWritable();
        await assertEndsWell(store, held[0]);
      });
  });

  const isRoot = process.getuid?.() === 0 && 'root may write everywhere';
  it('says that it may no longer write into the directory, and goes on once it may', { skip: isRoot }, async () => {
    const store = join(folder, `store-${stores++}`);
    const { command, release } = await startHeld(heldTasks[2], store);
    await chmod(join(store, '.store'), 0o555);
    await release();
    assert.equal(await command.ended, 77, command.said());
    assertOneSentence(command.said(), 'chmod');
    assert.match(command.said(), /this user may not/);
    await chmod(join(store, '.store'), 0o755);
    await assertEndsWell(store, 'chmod');
  });

  it('makes good what vanishes while it works, or says what did', async (t) => {
    const all: (readonly [Held, string])[] = [];
    for (const held of heldTasks) for (const name of await vanishing(held[0])) all.push([held, name]);
    const cases = shuffled(all, randomOf(chaosSeed)).slice(0, isLongForm ? all.length : 2);
    let stops = 0;
    for (const [held, name] of cases) {
      const about = `CHAOS_SEED=${chaosSeed}, ${name || 'everything'} vanishes during ${held[0]}`;
      const store = await storeWithout(held[0], base, join(folder, `store-${stores++}`));
      const { command, release } = await startHeld(held, store);
      await rm(join(store, name), { recursive: true, maxRetries: 10 });
      await release();
      const code = await command.ended;
      if (code !== 0) {
        stops++;
        assert([1, 69, 75].includes(Number(code)), `${about}: exited ${code}:\n${command.said()}`);
        assertOneSentence(command.said(), about);
      }
      await assertEndsWell(store, about);
      await rm(store, { recursive: true, maxRetries: 10 });
    }
    t.diagnostic(
      `CHAOS_SEED=${chaosSeed}: ${cases.length} of ${all.length} losses, ${stops} stopped the run, all converged`,
    );
  });

  /** A run whose task has done its work, and writes once it is released. */
  async function startHeld([taskId, , key]: Held, store: string) {
    const hold = join(folder, `hold-${stores++}`);
    await writeFile(hold, '');
    const command = start(store, holding(key, hold));
    await command.until(new RegExp(`${taskId} attempt 1 runs`));
    return { command, release: () => rm(hold) };
  }

  /** What there is while this task works, and the whole directory. */
  async function vanishing(taskId: TaskId): Promise<string[]> {
    const store = await storeWithout(taskId, base, join(folder, `store-${stores++}`));
    const files = await readdir(store, { recursive: true, withFileTypes: true });
    const names = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
    return [
      '',
      ...names.map((name) => name.slice(store.length + 1)),
      'credit_default_pipeline/runs/20240101T000000/run.json',
    ];
  }
});
