import assert from 'node:assert/strict';
import { mkdir, mkdtemp, open, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { DirectoryStore } from '../../tasks/artifacts/stores/directory/directory-store.ts';
import { AccessRefused, InvalidStoreSettings } from '../../tasks/artifacts/stores/store-errors.ts';
import { startProcess } from '../support/start-process.ts';
import { describeObjectStore } from './object-store.contract.ts';

const HIDDEN = '.store';
const parent = await mkdtemp(join(tmpdir(), 'directory-store-'));
let made = 0;

function newRoot(): string {
  return join(parent, `store-${made++}`);
}

describeObjectStore('a directory store', {
  make: async () => {
    const root = newRoot();
    const leftovers = async () => (await readdir(join(root, HIDDEN))).filter((name) => name !== 'lock');
    return { store: new DirectoryStore(root), leftovers };
  },
  removeAll: async () => {},
  rounds: 100,
});

describe('a directory store on its file system', () => {
  let root: string;
  let store: DirectoryStore;

  before(async () => {
    root = newRoot();
    store = new DirectoryStore(root);
    await store.ensureBucket();
  });
  after(() => rm(parent, { recursive: true }));

  for (const key of ['', '/a', 'a/', 'a//b', '..', 'a/../b', './a', 'a\\b', 'a\0', `${HIDDEN}/lock`]) {
    test(`refuses the key ${JSON.stringify(key)}, which would leave it or meet its own files`, async () => {
      await assert.rejects(store.put(key, Buffer.of()), RangeError);
      await assert.rejects(store.get(key), RangeError);
      await assert.rejects(store.head(key), RangeError);
      await assert.rejects(store.delete(key), RangeError);
    });
  }

  test('the next writer goes on once the holder of the lock is killed', async () => {
    const holder = startProcess('lock-holder.ts', join(root, HIDDEN));
    assert.equal(await holder.nextLine(), 'held');
    const waiting = startProcess('counting-writer.ts', store.url, 'behind-the-lock', '1');
    // its draft is written before it asks for the lock
    while (!(await readdir(join(root, HIDDEN))).some((name) => name.endsWith('.draft')));
    assert.equal(await store.head('behind-the-lock'), undefined);
    holder.child.kill('SIGKILL');
    assert.equal(await waiting.ended, 0);
    assert.equal((await store.head('behind-the-lock'))?.size, 1);
  });

  test('each overwrite has a later mtime and so a new etag, even where the clock was set back', async () => {
    const path = join(root, 'clock');
    await store.put('clock', Buffer.from('a'));
    await utimes(path, 4_000_000_000, 4_000_000_000);
    const before = await stat(path, { bigint: true });
    await store.put('clock', Buffer.from('b'));
    assert.ok((await stat(path, { bigint: true })).mtimeNs > before.mtimeNs);
  });

  test('folders that a delete leaves empty go with it', async () => {
    await store.put('emptied/a/b', Buffer.of());
    await store.put('emptied/c', Buffer.of());
    await store.delete('emptied/a/b');
    assert.deepEqual(await readdir(join(root, 'emptied')), ['c']);
    await store.delete('emptied/c');
    assert.ok(!(await readdir(root)).includes('emptied'));
  });

  test('a body that is read, left early or fails to be read keeps no descriptor open', async () => {
    await store.put('descriptors', Buffer.alloc(3 * 1024 * 1024));
    const before = (await readdir('/dev/fd')).length;
    for (let reader = 0; reader < 5; reader++) {
      for await (const _ of (await store.get('descriptors'))?.body ?? []) break;
      for await (const _ of (await store.get('descriptors'))?.body ?? []);
      assert.equal(await store.get(''.padEnd(5, 'x')), undefined);
    }
    assert.equal((await readdir('/dev/fd')).length, before);
  });

  test('drafts that killed writers left a day ago are removed, younger ones kept', async () => {
    const old = join(root, HIDDEN, 'old.draft');
    const young = join(root, HIDDEN, 'young.draft');
    await Promise.all([old, young].map((path) => writeFile(path, 'x')));
    const yesterday = Date.now() / 1000 - 25 * 3600;
    await utimes(old, yesterday, yesterday);
    await store.ensureBucket();
    const left = await readdir(join(root, HIDDEN));
    assert.ok(left.includes('young.draft') && !left.includes('old.draft'));
  });

  test('a file where the directory should be is a fault of the settings', async () => {
    const path = join(parent, 'a-file');
    await (await open(path, 'w')).close();
    await assert.rejects(new DirectoryStore(path).ensureBucket(), InvalidStoreSettings);
    await assert.rejects(new DirectoryStore(join(path, 'deeper')).ensureBucket(), InvalidStoreSettings);
  });

  test('a directory that this user may not write is refused', {
    skip: process.getuid?.() !== 0 && 'needs root',
  }, async () => {
    const closed = join(parent, 'closed');
    await mkdir(closed, { mode: 0o755 });
    process.seteuid?.('nobody');
    try {
      await assert.rejects(new DirectoryStore(closed).ensureBucket(), AccessRefused);
      await assert.rejects(new DirectoryStore(closed).put('a', Buffer.of()), AccessRefused);
    } finally {
      process.seteuid?.(0);
    }
  });

  test('has no bucket settings to apply', async () => {
    assert.deepEqual(await store.applyBucketSettings(), {
      managed: true,
      region: null,
      publicAccessBlocked: null,
      encryption: null,
      abortUnfinishedUploadsAfterDays: null,
    });
  });
});
