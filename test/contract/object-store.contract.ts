import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import type { Condition, ListedObject, ObjectStore } from '../../tasks/artifacts/stores/object-store.ts';
import { MissingBucket, PreconditionFailed } from '../../tasks/artifacts/stores/store-errors.ts';
import { startProcess } from '../support/start-process.ts';

const MIB = 1024 * 1024;
/** Longer than one part of an S3 upload. */
const LARGE = 9 * MIB;

export interface StoreUnderTest {
  readonly store: ObjectStore;
  /** What unfinished writes have left behind. */
  leftovers(): Promise<string[]>;
}

export interface StoreMaker {
  /** Why the suite cannot run here. */
  readonly skip?: string | false;
  /** Empty, and not there yet. */
  make(): Promise<StoreUnderTest>;
  removeAll(): Promise<void>;
  /** How often each of four processes adds one to the same number. */
  readonly rounds: number;
}

/** What every store must do; the adapters' own tests add what only they can. */
export function describeObjectStore(name: string, { skip = false, make, removeAll, rounds }: StoreMaker): void {
  describe(name, { skip }, () => {
    let store: ObjectStore;
    let leftovers: () => Promise<string[]>;

    before(async () => {
      const made = await make();
      store = made.store;
      leftovers = made.leftovers;
      await store.ensureBucket();
    });
    after(removeAll);

    test('before the bucket exists nothing is found, and a write says so', async () => {
      const { store: missing } = await make();
      assert.equal(await missing.head('a'), undefined);
      assert.equal(await missing.get('a'), undefined);
      assert.deepEqual(await listed(missing, ''), []);
      await missing.delete('a');
      await assert.rejects(missing.put('a', bytes('a')), MissingBucket);
      await assert.rejects(missing.put('a', streamOf(LARGE, 1)), MissingBucket);

      await missing.ensureBucket();
      await missing.ensureBucket();
      await missing.put('a', bytes('a'));
      assert.equal(String(await read(missing, 'a')), 'a');
    });

    for (const [what, size] of [
      ['an empty', 0],
      ['a small', 5],
      ['a large', LARGE],
    ] as const) {
      for (const [how, bodyOf] of [
        ['in one piece', filled],
        ['as a stream', streamOf],
      ] as const) {
        test(`${what} body given ${how} comes back whole, under the etag of head, get and list`, async () => {
          const key = `round-trip/${what}/${how} =+:%é#?&.bin`;
          const put = await store.put(key, bodyOf(size, 7), { contentType: 'text/plain' });
          assert.equal(put.size, size);
          assert.ok(filled(size, 7).equals((await read(store, key)) ?? Buffer.of()));
          assert.deepEqual(await store.head(key), put);
          assert.deepEqual(await listed(store, key), [{ key, ...put }]);
          const got = await store.get(key);
          assert.deepEqual({ size: got?.size, etag: got?.etag }, put);
          for await (const _ of got?.body ?? []) break;
        });
      }
    }

    test('an overwrite replaces the bytes and the etag', async () => {
      const first = await store.put('overwrite', bytes('first'));
      const second = await store.put('overwrite', bytes('other'));
      assert.notEqual(second.etag, first.etag);
      assert.equal(String(await read(store, 'overwrite')), 'other');
    });

    for (const [what, size] of [
      ['small', 5],
      ['large', LARGE],
    ] as const) {
      test(`a ${what} write happens only where its condition holds`, async () => {
        const key = `conditions/${what}`;
        const put = (fill: number, condition: Condition) => store.put(key, streamOf(size, fill), { condition });

        await assert.rejects(put(0, { ifMatch: '"other"' }), PreconditionFailed);
        assert.equal(await store.head(key), undefined);
        const first = await put(1, { ifAbsent: true });
        await assert.rejects(put(2, { ifAbsent: true }), PreconditionFailed);
        const second = await put(3, { ifMatch: first.etag });
        await assert.rejects(put(4, { ifMatch: first.etag }), PreconditionFailed);
        assert.deepEqual(await store.head(key), second);
        assert.ok(filled(size, 3).equals((await read(store, key)) ?? Buffer.of()));
        assert.deepEqual(await leftovers(), []);
      });
    }

    for (const [what, size, writers] of [
      ['small', 5, 20],
      ['large', LARGE, 4],
    ] as const) {
      test(`of ${writers} simultaneous ${what} writes on one condition exactly one succeeds`, async () => {
        const key = `race/${what}`;
        const bodies = Array.from({ length: 2 * writers }, (_, fill) => filled(size, fill));
        const created = await race(store, key, bodies.slice(writers), { ifAbsent: true });
        // other bytes than before: an S3 etag distinguishes bytes, not writes
        await race(store, key, bodies.slice(0, writers), { ifMatch: created });
      });
    }

    test('processes that add one to the same number lose none', async () => {
      const counters = [1, 2, 3, 4].map(() => startProcess('counting-writer.ts', store.url, 'counter', `${rounds}`));
      assert.deepEqual(await Promise.all(counters.map(({ ended }) => ended)), [0, 0, 0, 0]);
      assert.equal(String(await read(store, 'counter')), String(4 * rounds));
    });

    test('a reader sees one object or the next, never a mixture', async () => {
      await store.put('torn', filled(LARGE, 0));
      let writing = true;
      const writers = [1, 2].map(async (fill) => {
        for (let round = 0; round < 4; round++) await store.put('torn', streamOf(LARGE, 10 * fill + round));
      });
      const readers = [1, 2, 3].map(async () => {
        while (writing) {
          const seen = (await read(store, 'torn')) ?? Buffer.of();
          assert.ok(filled(LARGE, seen[0] ?? 0).equals(seen), 'the object read is torn');
        }
      });
      await Promise.all(writers).finally(() => {
        writing = false;
      });
      await Promise.all(readers);
    });

    test('an object opened for reading is read as it was, though overwritten and deleted since', async () => {
      await store.put('held', filled(LARGE, 1));
      const opened = await store.get('held');
      await store.put('held', filled(LARGE, 2));
      await store.delete('held');
      assert.ok(opened);
      assert.ok(filled(LARGE, 1).equals(await buffer(opened.body)));
    });

    for (const [when, size] of [
      ['early', 5],
      ['late', 20 * MIB],
    ] as const) {
      test(`a body that throws ${when} leaves the old object, nothing else, and its own error`, async () => {
        const key = `throws/${when}`;
        const old = await store.put(key, bytes('old'));
        // the error of a file elsewhere: a store may not take it for its own
        const own = Object.assign(new Error('the source broke'), { code: 'EACCES' });
        await assert.rejects(store.put(key, throwing(size, own)), (error) => error === own);
        assert.deepEqual(await store.head(key), old);
        assert.deepEqual(await leftovers(), []);
      });
    }

    test('a writer killed midway leaves the old object and nothing to list', async () => {
      const old = await store.put('killed/object', bytes('old'));
      const writer = startProcess('stalling-writer.ts', store.url, 'killed/object');
      assert.equal(await writer.nextLine(), 'writing');
      writer.child.kill('SIGKILL');
      assert.equal(await writer.ended, 'SIGKILL');
      assert.deepEqual(await listed(store, 'killed/'), [{ key: 'killed/object', ...old }]);
      assert.equal(String(await read(store, 'killed/object')), 'old');
      await store.put('killed/object', bytes('next'));
      assert.equal(String(await read(store, 'killed/object')), 'next');
    });

    test('a listing is in byte order and holds what starts with the prefix, which need not end at a slash', async () => {
      const keys = ['a', 'a-b', 'a.b', 'a0', 'a/b', 'a/b.c', 'aé', 'a\u{1F600}', 'a\uFF5E', 'B', 'ab/c/d', 'b'];
      const withoutClash = keys.filter((key) => key !== 'a' && key !== 'a/b');
      await Promise.all(withoutClash.map((key) => store.put(`list/${key}`, bytes(key))));
      const inOrder = withoutClash.map((key) => `list/${key}`).sort((a, b) => Buffer.compare(bytes(a), bytes(b)));
      assert.deepEqual(await listedKeys(store, 'list/'), inOrder);
      assert.deepEqual(await listedKeys(store, 'list/a'), inOrder.slice(1, -1));
      assert.deepEqual(await listedKeys(store, 'list/ab/c'), ['list/ab/c/d']);
      assert.deepEqual(await listedKeys(store, 'list/nothing/'), []);
      assert.ok((await listedKeys(store, '')).includes('list/ab/c/d'));
    });

    test('what is deleted is gone, and may be deleted again', async () => {
      await store.put('deleted/deep/object', bytes('x'));
      await Promise.all([store.delete('deleted/deep/object'), store.delete('deleted/deep/object')]);
      assert.equal(await store.head('deleted/deep/object'), undefined);
      assert.deepEqual(await listed(store, 'deleted/'), []);
      await store.delete('deleted/deep/object');
      await store.delete('deleted');
      await store.put('deleted/deep/object', bytes('y'), { condition: { ifAbsent: true } });
    });

    test('a body of 200 MB passes through in constant memory, in and out', async () => {
      const process = startProcess('streaming-memory.ts', store.url, 'memory', '200');
      const grownMegabytes = Number(await process.nextLine());
      assert.equal(await process.ended, 0);
      assert.ok(grownMegabytes < 100, `grew by ${grownMegabytes} MB`);
    });
  });
}

/** Returns the winner's etag. */
async function race(store: ObjectStore, key: string, bodies: readonly Buffer[], condition: Condition): Promise<string> {
  const writes = bodies.map(async (body) => ({ body, etag: (await store.put(key, body, { condition })).etag }));
  const results = await Promise.allSettled(writes);
  for (const result of results) {
    if (result.status === 'rejected') assert.ok(result.reason instanceof PreconditionFailed, result.reason);
  }
  const winners = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  assert.equal(winners.length, 1);
  const [winner] = winners;
  assert.ok(winner);
  assert.ok(winner.body.equals((await read(store, key)) ?? Buffer.of()));
  assert.equal((await store.head(key))?.etag, winner.etag);
  return winner.etag;
}

async function read(store: ObjectStore, key: string): Promise<Buffer | undefined> {
  const found = await store.get(key);
  return found && buffer(found.body);
}

async function listed(store: ObjectStore, prefix: string): Promise<ListedObject[]> {
  return Array.fromAsync(store.list(prefix));
}

async function listedKeys(store: ObjectStore, prefix: string): Promise<string[]> {
  return (await listed(store, prefix)).map(({ key }) => key);
}

function bytes(text: string): Buffer {
  return Buffer.from(text);
}

function filled(size: number, fill: number): Buffer {
  return Buffer.alloc(size, fill);
}

async function* streamOf(size: number, fill: number): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < size; sent += MIB) yield Buffer.alloc(Math.min(MIB, size - sent), fill);
}

async function* throwing(size: number, error: Error): AsyncGenerator<Uint8Array> {
  yield* streamOf(size, 1);
  throw error;
}
