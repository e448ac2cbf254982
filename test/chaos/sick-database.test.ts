import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { chaosCases, chaosSeed, randomOf } from '../support/chaos-cases.ts';
import { artifactHashes, logicalDate, startCommand } from '../support/pipeline-command.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { seedTestLoans } from '../support/seed-test-loans.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { storeWithout } from '../support/undone-store.ts';

/** More than what lies in the buffers between server and task. */
const rows = 120_000;

describe('a run on a database that is sick', { timeout: 40 * 60_000 }, () => {
  let postgres: TestPostgres;
  let proxy: TcpProxy;
  let url: string;
  let folder: string;
  let base: string;
  let expected: Record<string, string>;
  let stores = 0;

  before(async () => {
    postgres = await startPostgres();
    await seedTestLoans(postgres.url, rows);
    const direct = new URL(postgres.url);
    proxy = new TcpProxy({ host: direct.hostname, port: Number(direct.port) });
    direct.port = String(await proxy.listen());
    url = direct.href;
    folder = await mkdtemp(join(tmpdir(), 'sick-database-'));
    base = join(folder, 'base');
    assert.equal(await run(base).ended, 0);
    expected = await artifactHashes(base);
  });

  after(async () => {
    proxy?.close();
    await postgres?.stop();
    await rm(folder, { recursive: true, maxRetries: 10 });
  });

  function run(store: string, more: Readonly<Record<string, string>> = {}) {
    const environment = { ARTIFACT_STORE: `file://${store}`, DATABASE_URL: url, ...more };
    return startCommand(['run', '--logical-date', logicalDate], environment);
  }

  const unfetched = () => storeWithout('fetch_data', base, join(folder, `store-${stores++}`));

  it('ends with the same bytes, however often and wherever its connection is lost', async (t) => {
    const random = randomOf(chaosSeed);
    const cases = Math.ceil(chaosCases / 20);
    t.diagnostic(`CHAOS_CASES=${chaosCases} CHAOS_SEED=${chaosSeed}`);
    let faults = 0;
    for (let index = 0; index < cases; index++) {
      const lost = 1 + Math.floor(random() * 3);
      proxy.reset((connection) => {
        if (connection > lost) return undefined;
        faults++;
        return random() < 0.3 ? { kind: 'refuse' } : { kind: 'cut', afterBytes: Math.floor(random() * rows * 30) };
      });
      const store = await unfetched();
      const command = run(store);
      assert.equal(await command.ended, 0, `case ${index}: ${command.said()}`);
      assert.deepEqual(await artifactHashes(store), expected, `case ${index}`);
      await rm(store, { recursive: true, maxRetries: 10 });
    }
    t.diagnostic(`${cases} runs, ${faults} connections lost, all converged`);
  });

  it('fetches the table as it stood, although rows change meanwhile', async () => {
    proxy.reset((connection) => (connection === 1 ? { kind: 'hold', afterBytes: rows * 5 } : undefined));
    const isHeld = proxy.held();
    const store = await unfetched();
    const command = run(store);
    await isHeld;
    await postgres.query('CREATE TABLE before AS SELECT * FROM loans');
    await postgres.query('UPDATE loans SET age = age + 1 WHERE id % 2 = 0; DELETE FROM loans WHERE id > 100000');
    proxy.release();
    assert.equal(await command.ended, 0, command.said());
    assert.deepEqual(await artifactHashes(store), expected);
    await postgres.query('DELETE FROM loans; INSERT INTO loans SELECT * FROM before; DROP TABLE before');
  });

  it('waits for a lock on the table, within the silence that it grants', async () => {
    proxy.reset(() => undefined);
    await postgres.query('BEGIN; LOCK TABLE loans IN ACCESS EXCLUSIVE MODE');
    const store = await unfetched();
    const command = run(store);
    await command.until(/fetch_data attempt 1 runs/);
    await postgres.query('SELECT pg_sleep(2)');
    await postgres.query('COMMIT');
    assert.equal(await command.ended, 0, command.said());
    assert.deepEqual(await artifactHashes(store), expected);
  });

  it('gives up a lock that is held for longer, by one sentence, and is retried', async () => {
    await postgres.query('BEGIN; LOCK TABLE loans IN ACCESS EXCLUSIVE MODE');
    const store = await unfetched();
    const command = run(store, { DATABASE_SILENCE_SECONDS: '1' });
    await command.until(/fetch_data attempt 1 failed/);
    await postgres.query('COMMIT');
    assert.equal(await command.ended, 0, command.said());
    assert.match(command.said(), /fetch_data attempt 1 failed.* the database .*/);
    assert.deepEqual(await artifactHashes(store), expected);
  });

  it('is retried when the server cancels its statement', async () => {
    const database = new URL(url).pathname.slice(1);
    await postgres.query(`ALTER DATABASE ${database} SET statement_timeout = '20ms'`);
    const store = await unfetched();
    const command = run(store, { RETRIES: '100', RETRY_DELAY_SECONDS: '1' });
    await command.until(/fetch_data attempt 1 (failed|succeeded)/);
    await postgres.query(`ALTER DATABASE ${database} RESET statement_timeout`);
    assert.equal(await command.ended, 0, command.said());
    assert.match(command.said(), /fetch_data attempt 1 failed/);
    assert.deepEqual(await artifactHashes(store), expected);
  });

  it('refuses a column that was renamed between two attempts, and publishes nothing', async () => {
    proxy.reset((connection) => (connection === 1 ? { kind: 'cut', afterBytes: rows * 5 } : undefined));
    const store = await unfetched();
    const command = run(store, { RETRY_DELAY_SECONDS: '2' });
    await command.until(/fetch_data attempt 1 failed/);
    await postgres.query('ALTER TABLE loans RENAME COLUMN age TO years');
    assert.equal(await command.ended, 1, command.said());
    await postgres.query('ALTER TABLE loans RENAME COLUMN years TO age');
    assert.match(command.said(), /fetch_data attempt 2 failed.*age/);
    assert(!Object.keys(await artifactHashes(store)).some((key) => key.includes('fetch_data')));
  });
});
