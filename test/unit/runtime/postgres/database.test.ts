import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { DatabaseRefused, DatabaseUnavailable, UsageError } from '../../../../tasks/runtime/errors.ts';
import { connectDatabase } from '../../../../tasks/runtime/postgres/database.ts';

type Answer = (socket: Socket) => void;

/** A server that answers its first client with the first answer, and so on; the last answer stands for all that follow. */
async function startServer(
  t: TestContext,
  ...answers: Answer[]
): Promise<{ url: string; server: Server; count(): number }> {
  let clients = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    answers[Math.min(clients++, answers.length - 1)]?.(socket);
  }).listen(0, '127.0.0.1');
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  await once(server, 'listening');
  return { url: `postgresql://bob:s3cret@127.0.0.1:${portOf(server)}/loans`, server, count: () => clients };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

/** One that stays unused, as systems give no port below 32768 to those who ask for any. */
async function unusedPort(): Promise<number> {
  for (let port = 12_000 + (process.pid % 8_000); ; port++) {
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    await new Promise((resolve) => server.close(resolve));
    if (isFree) return port;
  }
}

/** Ends the session as PostgreSQL does. */
function failWith(code: string, message: string): Answer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
  const head = Buffer.from('E\0\0\0\0');
  head.writeUInt32BE(fields.length + 4, 1);
  return (socket) => socket.once('data', () => socket.end(Buffer.concat([head, fields])));
}

const silence: Answer = () => {};
const noTls: Answer = (socket) => socket.once('data', () => socket.write('N'));

function connect(url: string, signal?: AbortSignal) {
  return connectDatabase({ DATABASE_URL: url }, {}, signal);
}

test('asks a server that is starting again, and then goes by its next answer', async (t) => {
  const starting = failWith('57P03', 'the database system is starting up');
  const { url, count } = await startServer(t, starting, starting, failWith('3D000', 'database "loans" does not exist'));
  await assert.rejects(connect(url), UsageError);
  assert.equal(count(), 3);
});

test('retries a closed port, and finds the server that has come up there', async (t) => {
  const port = await unusedPort();
  const connected = assert.rejects(connect(`postgresql://bob:s3cret@127.0.0.1:${port}/loans`), DatabaseRefused);
  await new Promise((resolve) => setImmediate(resolve));
  const server = createServer(failWith('28P01', 'no')).listen(port, '127.0.0.1');
  t.after(() => server.close());
  await connected;
});

const answers: readonly [what: string, answer: Answer, error: string, sentence: RegExp][] = [
  [
    'a wrong password',
    failWith('28P01', 'password authentication failed for user "bob"'),
    'DatabaseRefused',
    /^the database at 127\.0\.0\.1:\d+\/loans refused the login \(password authentication failed for this user\): check PGUSER and PGPASSWORD/,
  ],
  [
    'no entry in pg_hba.conf',
    failWith('28000', 'no pg_hba.conf entry for host "10.0.0.1", user "bob", database "loans", no encryption'),
    'DatabaseRefused',
    /no pg_hba.conf entry for host "10.0.0.1", this user, database "loans", no encryption/,
  ],
  [
    'a missing database',
    failWith('3D000', '?'),
    'UsageError',
    /^there is no database 127.*\/loans: .*POSTGRES_DATABASE/,
  ],
];

for (const [what, answer, error, sentence] of answers) {
  test(`${what} is reported at once, without user and password`, async (t) => {
    const { url, count } = await startServer(t, answer);
    await assert.rejects(connect(url), (thrown) => {
      assert.ok(thrown instanceof Error);
      assert.equal(thrown.name, error);
      assert.match(thrown.message, sentence);
      assert.doesNotMatch(`${thrown.message} ${thrown.cause}`, /bob|s3cret/);
      return true;
    });
    assert.equal(count(), 1);
  });
}

test('TLS that the server does not offer is a fault of the settings', async (t) => {
  const { url } = await startServer(t, noTls);
  await assert.rejects(connect(`${url}?sslmode=require`), {
    name: 'UsageError',
    message: /offers no TLS: set PGSSLMODE/,
  });
});

test('sslmode=prefer goes on without TLS where there is none, sslmode=allow with TLS where it is asked for', async (t) => {
  const prefer = await startServer(t, noTls, failWith('3D000', 'no such database'));
  await assert.rejects(connect(`${prefer.url}?sslmode=prefer`), /there is no database/);
  const plainRefused = failWith('28000', 'no pg_hba.conf entry, no encryption');
  const allow = await startServer(t, plainRefused, noTls);
  await assert.rejects(connect(`${allow.url}?sslmode=allow`), /offers no TLS/);
  assert.deepEqual([prefer.count(), allow.count()], [2, 2]);
});

test('of several hosts the first that is available counts', async (t) => {
  const { url } = await startServer(t, failWith('28P01', 'no'));
  await assert.rejects(connect(url.replace('127.0.0.1', `127.0.0.1:${await unusedPort()},127.0.0.1`)), DatabaseRefused);
});

test('a server that sends nothing is given up after the silence it is granted', async (t) => {
  const ready = Buffer.from('Z\0\0\0\x05I', 'latin1');
  const login = Buffer.concat([Buffer.from('R\0\0\0\x08\0\0\0\0', 'latin1'), ready]);
  const set = Buffer.concat([Buffer.from('C\0\0\0\x08SET\0', 'latin1'), ready]);
  const { url } = await startServer(t, (socket) =>
    socket.once('data', () => {
      socket.write(login);
      socket.once('data', () => socket.write(set));
    }),
  );
  const database = await connectDatabase({ DATABASE_URL: url, DATABASE_SILENCE_SECONDS: 1 }, {});
  await assert.rejects(database.query('SELECT 1'), {
    name: 'DatabaseUnavailable',
    message: /has sent nothing for 1 s: is it stopped or the table locked/,
  });
  await database.end();
});

test('a server that never answers is left at once when the signal is aborted, with the reason given', async (t) => {
  const { url, server } = await startServer(t, silence);
  const controller = new AbortController();
  const reason = new Error('enough');
  const connecting = assert.rejects(connect(url, controller.signal), reason);
  await once(server, 'connection');
  controller.abort(reason);
  await connecting;
});

test('nothing is tried again once the signal is aborted', async (t) => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const { url, count } = await startServer(t, (socket) => {
    controller.abort(reason);
    failWith('57P03', 'starting')(socket);
  });
  await assert.rejects(connect(url, controller.signal), reason);
  assert.equal(count(), 1);
  await assert.rejects(connect(url, controller.signal), reason);
});

test('a port that stays closed, under a name of two addresses, is one sentence after 10 s', async (t) => {
  // the clock goes on by itself, however long the pauses take
  let seconds = 0;
  t.mock.method(performance, 'now', () => {
    seconds += 2.5;
    return seconds * 1000;
  });
  await assert.rejects(connect('postgresql://bob:s3cret@localhost:1/loans'), (thrown) => {
    assert.ok(thrown instanceof DatabaseUnavailable);
    assert.match(
      thrown.message,
      /^the database at localhost:1\/loans is not available \(connection refused\): is it running/,
    );
    return true;
  });
  // begun at 2.5 s, and given up with the first refusal within a pause of 12.5 s
  assert.equal(seconds, 12.5);
});
