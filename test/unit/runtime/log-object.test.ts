import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Body, ObjectInfo, PutOptions } from '../../../tasks/artifacts/stores/object-store.ts';
import { MissingBucket, StoreUnavailable } from '../../../tasks/artifacts/stores/store-errors.ts';
import { type LogLine, textOf } from '../../../tasks/runtime/log.ts';
import { LogObject } from '../../../tasks/runtime/log-object.ts';
import { MemoryStore } from '../../support/memory-store.ts';

const key = 'logs/attempt=1.log';
const limitBytes = 5 * 1024 * 1024;

class FailingStore extends MemoryStore {
  failure: Error | undefined;

  override async put(key: string, body: Body, options?: PutOptions): Promise<ObjectInfo> {
    if (this.failure) throw this.failure;
    return super.put(key, body, options);
  }
}

function lineOf(message: string): string {
  return `${JSON.stringify({ time: new Date(0).toISOString(), level: 'INFO', message })}\n`;
}

function textIn(store: MemoryStore): string {
  return Buffer.from(store.objects.get(key)?.bytes ?? []).toString();
}

/** The stderr of this process, kept instead of written. */
function keepStderr(t: TestContext): string[] {
  const written: string[] = [];
  t.mock.method(process.stderr, 'write', (text: string) => written.push(text) > 0);
  return written;
}

test('the whole log is written at its end, in order', async () => {
  const store = new MemoryStore();
  const log = new LogObject(store, key);
  for (const message of ['one', 'two', 'three']) log.append(lineOf(message));
  await log.close();
  assert.equal(textIn(store), ['one', 'two', 'three'].map(lineOf).join(''));
});

test('it is rewritten every five seconds while it grows, and only then', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const store = new MemoryStore();
  const log = new LogObject(store, key);
  log.append(lineOf('one'));
  t.mock.timers.tick(4999);
  assert.equal(store.calls.length, 0);
  t.mock.timers.tick(1);
  await log.flush();
  assert.equal(textIn(store), lineOf('one'));
  t.mock.timers.tick(5000);
  await log.close();
  assert.equal(store.calls.length, 1);
});

test('it is held in memory, without a word, until the bucket exists', async (t) => {
  const store = new FailingStore();
  const stderr = keepStderr(t);
  const log = new LogObject(store, key);
  store.failure = new MissingBucket('memory:///');
  log.append(lineOf('early'));
  await log.flush();
  store.failure = undefined;
  await log.close();
  assert.equal(textIn(store), lineOf('early'));
  assert.deepEqual(stderr, []);
});

test('a store that fails does not fail the task: it is reported on stderr, and retried', async (t) => {
  const store = new FailingStore();
  const stderr = keepStderr(t);
  const log = new LogObject(store, key);
  store.failure = new StoreUnavailable('no answer');
  log.append(lineOf('one'));
  await log.flush();
  store.failure = undefined;
  await log.close();
  assert.equal(textIn(store), lineOf('one'));
  assert.deepEqual(stderr, Array(2).fill('the log could not be written: no answer\n'));
});

test('its first line is written at once, for an attempt may be killed while it computes', async () => {
  const store = new MemoryStore();
  const log = new LogObject(store, key);
  log.append(lineOf('one'));
  log.append(lineOf('two'));
  await new Promise(setImmediate);
  assert.match(textIn(store), /one/);
  await log.close();
  assert.equal(textIn(store), lineOf('one') + lineOf('two'));
});

test('a long log keeps its beginning and its end within 5 MiB, and says how much was cut', async () => {
  const store = new MemoryStore();
  const log = new LogObject(store, key);
  // a KiB each, so that they fill what room there is
  const messages = Array.from({ length: 8000 }, (_, index) => `${index}`.padEnd(1024 - lineOf('').length, '.'));
  for (const message of messages) log.append(lineOf(message));
  await log.close();

  const bytes = store.objects.get(key)?.bytes.byteLength ?? 0;
  assert(bytes <= limitBytes && bytes > limitBytes - 10_000, `${bytes} bytes`);
  const lines = textIn(store).trimEnd().split('\n');
  assert.equal(`${lines[0]}\n`, lineOf(messages[0] ?? ''));
  assert.equal(`${lines.at(-1)}\n`, lineOf(messages.at(-1) ?? ''));
  const cut = lines.map((line) => /(\d+) lines cut/.exec(line)?.[1]).filter((found) => found !== undefined);
  assert.deepEqual(cut, [String(8000 - (lines.length - 1))]);
});

test('every line of a cut log can be read, the one that reports the cut too', async () => {
  const store = new MemoryStore();
  const log = new LogObject(store, key);
  for (let line = 0; line < 6; line++) log.append(lineOf('x'.repeat(1024 * 1024)));
  await log.close();
  const lines: LogLine[] = textIn(store)
    .trimEnd()
    .split('\n')
    .map((json) => JSON.parse(json));
  assert.match(lines.map((line) => textOf(line, [])).join('\n'), /WARNING 2 lines cut/);
});

test('a line that is longer than the limit is cut like any other', async () => {
  const store = new MemoryStore();
  const log = new LogObject(store, key);
  log.append(lineOf('first'));
  log.append(lineOf('x'.repeat(2 * limitBytes)));
  log.append(lineOf('last'));
  await log.close();
  assert.match(textIn(store), /"first".*1 lines cut.*"last"/s);
});

test('a store that never answers is not waited for longer than it is worth', async (t) => {
  const store = new MemoryStore();
  const answer = Promise.withResolvers<ObjectInfo>();
  t.mock.method(store, 'put', () => answer.promise);
  const keepsAlive = setInterval(() => {}, 1000);
  const log = new LogObject(store, key);
  log.append(lineOf('one'));
  await log.close(0.05);
  clearInterval(keepsAlive);
});
