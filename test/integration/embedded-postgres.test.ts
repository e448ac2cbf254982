import assert from 'node:assert/strict';
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { removeEmbeddedPostgres, startEmbeddedPostgres } from '../../pipeline/demo/embedded-postgres.ts';
import { findPostmaster, isAlive, until } from '../../pipeline/demo/postmaster-file.ts';
import { UsageError } from '../../tasks/runtime/errors.ts';
import { connectDatabase } from '../../tasks/runtime/postgres/database.ts';
import { breakage } from '../e2e/breakage.ts';

const userScript = join(import.meta.dirname, '../support/database-user.ts');
const nobody = 65_534;
const onlyRoot = process.getuid?.() === 0 ? {} : { skip: 'only root can run processes of other users' };

let parent: string;
let directory: string;
let serverLog: string;

/** So that a first start comes to no end. */
const renamesNothing = breakage(`
  import files from 'node:fs/promises';
  import { syncBuiltinESMExports } from 'node:module';
  files.rename = () => new Promise(() => setInterval(() => {}, 60_000));
  syncBuiltinESMExports();
`);

before(async () => {
  parent = await mkdtemp(join(tmpdir(), 'embedded-'));
  await chmod(parent, 0o755);
  directory = join(parent, 'postgres');
  serverLog = join(directory, 'server.log');
});

after(async () => {
  await rm(parent, { recursive: true });
});

async function query(url: string, sql: string): Promise<unknown> {
  const database = await connectDatabase({ DATABASE_URL: url }, {});
  try {
    return Object.values((await database.query(sql)).rows[0] ?? {})[0];
  } finally {
    await database.end();
  }
}

async function serverOf(where: string): Promise<number> {
  return (await findPostmaster(where))?.pid ?? assert.fail(`no server runs in ${where}`);
}

/** A process that uses the database until SIGINT, and the lines it prints: the URL, then how it ended. */
function startUser(where: string, options: SpawnOptions = {}): { user: ChildProcess; lines: AsyncIterator<string> } {
  const user = spawn(process.execPath, [userScript, where], { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
  assert.ok(user.stdout);
  return { user, lines: createInterface(user.stdout)[Symbol.asyncIterator]() };
}

async function kill(user: ChildProcess): Promise<void> {
  user.kill('SIGKILL');
  await once(user, 'close');
}

describe('an embedded PostgreSQL', () => {
  test('keeps its data from start to start, and leaves no process behind', async () => {
    const first = await startEmbeddedPostgres(directory);
    const server = await serverOf(directory);
    await query(first.url, 'CREATE TABLE kept AS SELECT 1 AS id');
    await first.stop();
    assert.equal(isAlive(server), false);
    assert.equal(existsSync(join(directory, 'postmaster.pid')), false);

    const second = await startEmbeddedPostgres(directory);
    assert.equal(await query(second.url, 'SELECT id FROM kept'), 1);
    await second.stop();
  });

  test('listens to this machine alone, and to no client without the password', async () => {
    const { url, stop } = await startEmbeddedPostgres(directory);
    assert.equal(await query(url, 'SHOW listen_addresses'), '127.0.0.1');
    assert.equal(await query(url, 'SHOW unix_socket_directories'), '');
    const stranger = new URL(url);
    stranger.password = 'guessed';
    await assert.rejects(query(stranger.href, 'SELECT 1'), /refused the login/);
    assert.equal((await stat(join(directory, 'password'))).mode & 0o777, 0o600);
    await stop();
  });

  test('is adopted when its starter was killed, and stopped by the adopter', async () => {
    const { user, lines } = startUser(directory);
    await lines.next();
    const server = await serverOf(directory);
    await kill(user);

    const adopted = await startEmbeddedPostgres(directory);
    assert.equal(await serverOf(directory), server);
    await adopted.stop();
    // an orphan's number lives on until init has collected it
    assert.ok(await until(() => !isAlive(server), 60));
  });

  test('is shared by those who start it at the same time, and stopped by the last of them', async () => {
    const said: string[] = [];
    const [one, other] = await Promise.all([
      startEmbeddedPostgres(directory, (line) => said.push(line)),
      startEmbeddedPostgres(directory),
    ]);
    const server = await serverOf(directory);
    assert.equal(one.url, other.url);
    await one.stop();
    assert.deepEqual(said, ['PostgreSQL is left running, as it is still in use']);
    assert.equal(await query(other.url, 'SELECT 1'), 1);
    await other.stop();
    assert.equal(isAlive(server), false);
  });

  test('is gone when all who share it stop at the same time', async () => {
    const users = await Promise.all([1, 2, 3].map(() => startEmbeddedPostgres(directory)));
    const server = await serverOf(directory);
    await Promise.all(users.map(({ stop }) => stop()));
    assert.equal(isAlive(server), false);
  });

  test('serves a newcomer who comes while it stops', async () => {
    const leaving = await startEmbeddedPostgres(directory);
    const [newcomer] = await Promise.all([startEmbeddedPostgres(directory), leaving.stop()]);
    assert.equal(await query(newcomer.url, 'SELECT 1'), 1);
    await newcomer.stop();
    assert.equal(await findPostmaster(directory), undefined);
  });

  test('keeps what was committed when the server itself is killed at work', async () => {
    const { url, stop } = await startEmbeddedPostgres(directory);
    await query(url, 'CREATE TABLE committed AS SELECT count(*) FROM generate_series(1, 1000)');
    // a session that waited would notice that the server is gone: this one holds on to its memory while there is work
    const toDo = join(parent, 'to-do');
    await writeFile(toDo, '');
    const work = query(url, `DO $$BEGIN WHILE (pg_stat_file('${toDo}', true)).size IS NOT NULL LOOP END LOOP; END$$`);
    const isWorking = `SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'DO %'`;
    assert.ok(await until(async () => (await query(url, isWorking)) === '1', 60));
    process.kill(await serverOf(directory), 'SIGKILL');

    const starting = startEmbeddedPostgres(directory);
    assert.ok(await until(async () => /shared memory block/.test(await readFile(serverLog, 'utf8')), 60));
    await rm(toDo);
    const again = await starting;
    assert.equal(await query(again.url, 'SELECT count FROM committed'), '1000');
    await again.stop();
    await work;
    await stop();
  });

  test('is started again when it is killed while it is used, at the same URL', async () => {
    const notes: string[] = [];
    const { url, stop } = await startEmbeddedPostgres(directory, (line) => notes.push(line));
    const killed = await serverOf(directory);
    process.kill(killed, 'SIGKILL');
    assert.ok(await until(async () => ![killed, undefined].includes((await findPostmaster(directory))?.pid), 60));
    assert.equal(await query(url, 'SELECT 1'), 1);
    const server = await serverOf(directory);
    await stop();
    assert.equal(isAlive(server), false);
    assert.deepEqual(notes, ['PostgreSQL has ended: it is started again']);
  });

  test('is not started in a path with a line end, which it could not be found again in', async () => {
    await assert.rejects(startEmbeddedPostgres(join(parent, 'two\nlines')), UsageError);
  });

  test('is removed with its data, unless it is in use', async () => {
    const where = join(parent, 'removed');
    const { stop } = await startEmbeddedPostgres(where);
    await assert.rejects(removeEmbeddedPostgres(where), /is in use: end what uses it first/);
    await stop();
    assert.equal(await removeEmbeddedPostgres(where), where);
    assert.equal(existsSync(where), false);
  });

  test('starts although a killed server has left its file, and another process has got its number', async () => {
    const free = await startEmbeddedPostgres(directory);
    const { port } = new URL(free.url);
    await free.stop();
    const number = process.pid;
    await writeFile(
      join(directory, 'postmaster.pid'),
      `${number}\n${directory}\n0\n${port}\n\n127.0.0.1\n1 1\nready   \n`,
    );

    const { url, stop } = await startEmbeddedPostgres(directory);
    assert.equal(await query(url, 'SELECT 1'), 1);
    await stop();
  });

  test('does not get the Ctrl-C of the terminal it was started from', async () => {
    const { user, lines } = startUser(directory, { detached: true });
    await lines.next();
    const server = await serverOf(directory);
    process.kill(-(user.pid ?? assert.fail()), 'SIGINT');
    // it queries the database once more before it stops it
    assert.equal((await lines.next()).value, 'stopped');
    assert.equal(isAlive(server), false);
  });
});

describe('the directory of an embedded PostgreSQL', () => {
  test('starts again when its first start was killed halfway', async () => {
    const halfway = join(parent, 'halfway');
    const { user } = startUser(halfway, { env: { ...process.env, ...renamesNothing } });
    const staging = `${halfway}.initdb-${user.pid}`;
    assert.ok(await until(() => existsSync(join(staging, 'cluster/global')), 60));
    await kill(user);
    assert.equal(existsSync(halfway), false);

    const { url, stop } = await startEmbeddedPostgres(halfway);
    assert.equal(await query(url, 'SELECT current_database()'), 'credit_db');
    await stop();
    assert.deepEqual(
      (await readdir(parent)).filter((name) => name.startsWith('halfway')),
      ['halfway'],
    );
  });

  test('is created once when two begin at the same time', async () => {
    const users = [startUser(join(parent, 'raced')), startUser(join(parent, 'raced'))];
    const [one, other] = await Promise.all(users.map(async ({ lines }) => (await lines.next()).value));
    assert.equal(one, other);
    for (const { user } of users) user.kill('SIGINT');
    await Promise.all(users.map(({ user }) => once(user, 'close')));
    assert.equal(await findPostmaster(join(parent, 'raced')), undefined);
  });

  test('is left alone when it holds something else', async () => {
    const other = join(parent, 'other');
    await mkdir(other);
    await writeFile(join(other, 'letter.txt'), 'keep me');
    await assert.rejects(startEmbeddedPostgres(other), UsageError);
    assert.deepEqual(await readdir(other), ['letter.txt']);
  });

  test('of another user is refused by name', onlyRoot, async () => {
    await chown(directory, 12_345, 12_345);
    await assert.rejects(startEmbeddedPostgres(directory), /belongs to user 12345/);
  });

  test('serves a user who is not root', onlyRoot, async () => {
    const home = join(parent, 'home');
    await mkdir(home);
    await chown(home, nobody, nobody);
    const { user, lines } = startUser(join(home, 'postgres'), { uid: nobody, gid: nobody });
    await lines.next();
    assert.equal((await stat(join(home, 'postgres'))).uid, nobody);
    user.kill('SIGINT');
    assert.equal((await lines.next()).value, 'stopped');
  });

  test(
    'lies elsewhere, always in the same place, when only root may enter the one that is wanted',
    onlyRoot,
    async () => {
      const closed = join(parent, 'closed');
      await mkdir(closed, { mode: 0o700 });
      const { url, stop } = await startEmbeddedPostgres(join(closed, 'postgres'));
      const place = String(await query(url, 'SHOW data_directory'));
      await stop();
      const again = await startEmbeddedPostgres(join(closed, 'postgres'));
      assert.match(place, /^\/var\/tmp\//);
      assert.equal(await query(again.url, 'SHOW data_directory'), place);
      await again.stop();
      await rm(place, { recursive: true });
    },
  );
});
