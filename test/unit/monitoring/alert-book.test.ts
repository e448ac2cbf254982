import assert from 'node:assert/strict';
import { test } from 'node:test';
import { about } from '../../../pipeline/monitoring/alert.ts';
import { AlertBook } from '../../../pipeline/monitoring/alert-book.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { run, secondsLater } from '../../support/run-records.ts';

const failed = about(run, 'failed', 'why', { taskId: 'fetch_data', attempts: 1 });
const retried = about(run, 'retried', 'why', { taskId: 'fetch_data', attempts: 1 });
const recovered = about(run, 'recovered', 'it is published');
const day = 86_400;

function bookOn(store = new MemoryStore()) {
  const book = new AlertBook(store, 'dag');
  const claim = (seconds: number, ...alerts: (typeof failed)[]) => book.claim('webhook', alerts, secondsLater(seconds));
  const settle = (seconds: number, alert: typeof failed, isSent = true) =>
    book.settle('webhook', alert, isSent, secondsLater(seconds));
  return { store, book, claim, settle };
}

test('of those who claim an alert at once one is to send it', async () => {
  const { book } = bookOn();
  const claims = await Promise.all([1, 2, 3, 4].map(() => book.claim('webhook', [failed], secondsLater(0))));
  assert.equal(claims.flat().length, 1);
});

test('what was sent is not sent again, but trouble that lasts once a day', async () => {
  const { claim, settle } = bookOn();
  assert.deepEqual(await claim(0, failed, retried), [failed, retried]);
  await settle(1, failed);
  await settle(1, retried);
  assert.deepEqual(await claim(day, failed, retried), []);
  assert.deepEqual(await claim(day + 2, failed, retried), [failed]);
});

test('what could not be sent is tried again, ever later', async () => {
  const { claim, settle } = bookOn();
  let seconds = 0;
  for (const pause of [60, 120, 240, 480, 960, 1920, 3600, 3600]) {
    assert.deepEqual(await claim(seconds, failed), [failed]);
    await settle(seconds, failed, false);
    assert.deepEqual(await claim(seconds + pause - 1, failed), []);
    seconds += pause;
  }
});

test('a claim without an end is open again after a minute', async () => {
  const { claim } = bookOn();
  await claim(0, failed);
  assert.deepEqual(await claim(59, failed), []);
  assert.deepEqual(await claim(61, failed), [failed]);
});

test('after a recovery the same trouble is news again, and so is its recovery', async () => {
  const { claim, settle } = bookOn();
  for (const seconds of [0, 100, 200]) {
    for (const alert of [failed, recovered]) {
      assert.deepEqual(await claim(seconds, alert), [alert]);
      await settle(seconds, alert);
    }
  }
});

test('each channel is recorded by itself', async () => {
  const { book, claim, settle } = bookOn();
  await claim(0, failed);
  await settle(0, failed);
  assert.deepEqual(await book.claim('command', [failed], secondsLater(1)), [failed]);
});

test('a book that cannot be read counts as empty, and what is a month old is forgotten', async () => {
  const { store, book, claim, settle } = bookOn();
  await store.put('dag/alerts/book.json', Buffer.from('no JSON'));
  await claim(0, failed);
  await settle(0, failed);
  await claim(31 * day, retried);
  assert.deepEqual(Object.keys((await book.read()).entries), [`webhook ${retried.id}`]);
});
