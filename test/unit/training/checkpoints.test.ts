import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tree } from '../../../tasks/forest/tree-grower.ts';
import { Checkpoints } from '../../../tasks/training/checkpoints.ts';
import { GrowerThreads } from '../../../tasks/training/grower-threads.ts';
import { forestWithGaps } from '../../support/forest-with-gaps.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { randomLoans } from '../../support/random-loans.ts';

const prefix = 'dag/train_model/run.blocks/abc/';
const parameters = { nEstimators: 25, maxDepth: 5, randomState: 1 };
const trees = await grownTrees();

async function grownTrees(data = randomLoans(100)): Promise<Tree[]> {
  await using threads = new GrowerThreads(1);
  const growth = { data, parameters, known: new Map(), onTree: () => {} };
  return await threads.grow(growth, new AbortController().signal);
}

async function emptyStore(): Promise<MemoryStore> {
  const store = new MemoryStore();
  await store.ensureBucket();
  return store;
}

async function keysOf(store: MemoryStore): Promise<string[]> {
  return (await Array.fromAsync(store.list(prefix))).map(({ key }) => key.slice(prefix.length));
}

function checkpointsIn(store: MemoryStore, warnings: string[] = []): Checkpoints {
  return new Checkpoints({ store, prefix, trees: trees.length }, (warning) => warnings.push(warning));
}

function add(checkpoints: Checkpoints, numbers: readonly number[]): void {
  for (const number of numbers) checkpoints.add(number, treeOf(number));
}

function treeOf(number: number): Tree {
  const tree = trees[number];
  assert.ok(tree);
  return tree;
}

/** A store in which the blocks 0-1 and 4-5 are saved. */
async function storeWithBlocks(): Promise<MemoryStore> {
  const store = await emptyStore();
  const checkpoints = checkpointsIn(store);
  add(checkpoints, [0, 1, 2, 4, 5]);
  await checkpoints.save();
  return store;
}

test('nothing is saved before saving has begun', async () => {
  const store = await emptyStore();
  const checkpoints = checkpointsIn(store);
  add(checkpoints, [0, 1, 2, 3]);
  await checkpoints.close();
  assert.deepEqual(await keysOf(store), []);
});

test('saving saves the blocks that are finished, and later ones as they are', async () => {
  const store = await emptyStore();
  const checkpoints = checkpointsIn(store);
  add(checkpoints, [0, 3, 1, 4]);
  await checkpoints.save();
  assert.deepEqual(await keysOf(store), ['0-1']);
  add(checkpoints, [5, 2, 24]);
  await checkpoints.save();
  assert.deepEqual(await keysOf(store), ['0-1', '2-3', '24-24', '4-5']);
});

test('once closed, nothing more is saved', async () => {
  const store = await emptyStore();
  const checkpoints = checkpointsIn(store);
  add(checkpoints, [0, 1]);
  await checkpoints.save();
  await checkpoints.close();
  add(checkpoints, [2, 3]);
  await checkpoints.close();
  assert.deepEqual(await keysOf(store), ['0-1']);
});

test('another attempt takes up every tree that was saved', async () => {
  const known = await checkpointsIn(await storeWithBlocks()).load();
  assert.deepEqual(known, new Map([0, 1, 4, 5].map((number) => [number, trees[number]])));
});

test('trees that say where missing values go come back with it, and take no more than a byte a node for it', async () => {
  const store = await emptyStore();
  const withMissing = await grownTrees(forestWithGaps(8).data);
  const save = async (saved: readonly Tree[]) => {
    const checkpoints = checkpointsIn(store);
    for (const number of [0, 1]) checkpoints.add(number, saved[number] ?? treeOf(number));
    await checkpoints.save();
    return (await bytesOf(store, '0-1')).length;
  };
  const bytes = await save(withMissing.map(({ missingGoToLeft, ...tree }) => tree));
  assert.equal(await save(withMissing), bytes + nodesOf(withMissing.slice(0, 2)));
  const known = await checkpointsIn(store).load();
  assert.deepEqual([...known.values()], withMissing.slice(0, 2));
});

test('a block that is missing, damaged, cut off or another is not taken up, and is saved again', async () => {
  const sound = await bytesOf(await storeWithBlocks(), '0-1');
  const harms: Record<string, Uint8Array | undefined> = {
    missing: undefined,
    damaged: sound.with(100, (sound[100] ?? 0) ^ 1),
    'cut off': sound.subarray(0, 50),
    empty: new Uint8Array(),
    another: await bytesOf(await storeWithBlocks(), '4-5'),
  };
  for (const [harm, bytes] of Object.entries(harms)) {
    const store = await storeWithBlocks();
    if (bytes) await store.put(`${prefix}0-1`, bytes);
    else await store.delete(`${prefix}0-1`);
    const warnings: string[] = [];
    const checkpoints = checkpointsIn(store, warnings);
    assert.deepEqual([...(await checkpoints.load()).keys()], [4, 5], harm);
    assert.equal(warnings.length, bytes ? 1 : 0, harm);
    add(checkpoints, [0, 1]);
    await checkpoints.save();
    assert.deepEqual(await bytesOf(store, '0-1'), sound, harm);
  }
});

test('objects that are no blocks are left alone', async () => {
  const store = await storeWithBlocks();
  for (const name of ['0-2', 'x', '0-1.tmp', '24-25']) await store.put(prefix + name, Buffer.from('?'));
  const warnings: string[] = [];
  assert.equal((await checkpointsIn(store, warnings).load()).size, 4);
  assert.deepEqual(warnings, []);
});

test('a store that cannot be read or written costs the checkpoints, not the fit', async () => {
  const store = await storeWithBlocks();
  store.put = () => Promise.reject(new Error('no room'));
  store.get = () => Promise.reject(new Error('no answer'));
  const warnings: string[] = [];
  const checkpoints = checkpointsIn(store, warnings);
  assert.equal((await checkpoints.load()).size, 0);
  add(checkpoints, [0, 1]);
  await checkpoints.save();
  assert.deepEqual(warnings, [
    'checkpoints cannot be read, so that every tree is grown: no answer',
    `${prefix}0-1 cannot be saved: no room`,
  ]);
});

function nodesOf(trees: readonly Tree[]): number {
  return trees.reduce((sum, { feature }) => sum + feature.length, 0);
}

async function bytesOf(store: MemoryStore, name: string): Promise<Uint8Array> {
  const object = await store.get(prefix + name);
  assert.ok(object);
  return Uint8Array.from(Buffer.concat(await Array.fromAsync(object.body)));
}
