import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, chown, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { chaosCases, chaosSeed, randomOf } from '../support/chaos-cases.ts';
import { assertOneSentence } from '../support/one-sentence.ts';
import { artifactHashes, logicalDate, runCommand, startCommand } from '../support/pipeline-command.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { seedTestLoans } from '../support/seed-test-loans.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { storeWithout } from '../support/undone-store.ts';

/** More than what lies in the buffers between server and task. */
const rows = 120_000;

const noOpenssl = spawnSync('openssl', ['version']).status === 0 ? false : 'needs openssl, to make a certificate';

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

  it('names what a server that wants TLS wants, and takes it', { skip: noOpenssl }, async () => {
    await postgres.query("CREATE ROLE tls_only LOGIN PASSWORD 'never-to-be-shown'; GRANT SELECT ON loans TO tls_only");
    await offerTls();
    const required = new URL(url);
    required.username = 'tls_only';
    required.password = 'never-to-be-shown';
    const store = await unfetched();
    const plain = run(store, { DATABASE_URL: required.href });
    assert.equal(await plain.ended, 1, plain.said());
    assert.match(
      plain.said(),
      /fetch_data attempt 1 failed.*refused the login \(.*no encryption\): set PGSSLMODE=require/,
    );
    assert.doesNotMatch(plain.said(), /fetch_data attempt 2/);
    assertOneSentence(plain.said(), 'without TLS');

    required.searchParams.set('sslmode', 'require');
    await clear(store);
    const encrypted = run(store, { DATABASE_URL: required.href });
    assert.equal(await encrypted.ended, 0, encrypted.said());
    assert.deepEqual(await artifactHashes(store), expected);
    assert.doesNotMatch(plain.said() + encrypted.said() + (await textsOf(store)), /never-to-be-shown/);
  });

  it('stops at a password that was changed between two attempts, and shows neither', async () => {
    await postgres.query("CREATE ROLE reader LOGIN PASSWORD 'the-first-secret'; GRANT SELECT ON loans TO reader");
    const asReader = new URL(url);
    asReader.username = 'reader';
    asReader.password = 'the-first-secret';
    proxy.reset((connection) => (connection === 1 ? { kind: 'cut', afterBytes: rows * 5 } : undefined));
    const store = await unfetched();
    const refused = run(store, { DATABASE_URL: asReader.href, RETRY_DELAY_SECONDS: '2' });
    await refused.until(/fetch_data attempt 1 failed/);
    await postgres.query("ALTER ROLE reader PASSWORD 'the-second-secret'");
    assert.equal(await refused.ended, 1, refused.said());
    assert.match(refused.said(), /fetch_data attempt 2 failed.*refused the login .*check PGUSER and PGPASSWORD/);
    assert.doesNotMatch(refused.said(), /fetch_data attempt 3/);
    assertOneSentence(refused.said(), 'a changed password');

    asReader.password = 'the-second-secret';
    await clear(store);
    const well = run(store, { DATABASE_URL: asReader.href });
    assert.equal(await well.ended, 0, well.said());
    assert.deepEqual(await artifactHashes(store), expected);
    assert.doesNotMatch(refused.said() + well.said() + (await textsOf(store)), /the-(first|second)-secret/);
  });

  async function clear(store: string): Promise<void> {
    const { code, said } = await runCommand(['clear', logicalDate], { ARTIFACT_STORE: `file://${store}` });
    assert.equal(code, 0, said);
  }

  /** The server has a certificate of its own making from now on, and insists on it for the role tls_only. */
  async function offerTls(): Promise<void> {
    const [{ hba_file: hba, data_directory: data } = {}] = await postgres.query(
      "SELECT current_setting('hba_file') AS hba_file, current_setting('data_directory') AS data_directory",
    );
    const [key, certificate] = [join(data, 'server.key'), join(data, 'server.crt')];
    const made = spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=localhost'],
      ...['-keyout', key, '-out', certificate],
    ]);
    assert.equal(made.status, 0, String(made.stderr));
    const { uid, gid } = await stat(hba);
    for (const path of [key, certificate]) await chown(path, uid, gid);
    await chmod(key, 0o600);
    const rules = 'hostnossl all tls_only all reject\nhostssl all tls_only all scram-sha-256\n';
    await writeFile(hba, `${rules}${await readFile(hba, 'utf8')}`);
    await postgres.query('ALTER SYSTEM SET ssl = on');
    await postgres.query('SELECT pg_reload_conf()');
    await untilTlsIsOffered();
  }

  async function untilTlsIsOffered(): Promise<void> {
    for (const giveUpAt = performance.now() + 30_000; ; ) {
      const [{ ssl } = {}] = await postgres.query('SHOW ssl');
      if (ssl === 'on') return;
      assert(performance.now() < giveUpAt, 'the server offers no TLS after 30 s');
    }
  }
});

/** All that stands in a store, one after the other. */
async function textsOf(store: string): Promise<string> {
  const entries = await readdir(store, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, 'latin1')))).join('\n');
}
