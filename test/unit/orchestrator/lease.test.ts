import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  isProvablyDead,
  Lease,
  LeaseTaken,
  type LeaseTiming,
  withLease,
} from '../../../pipeline/orchestrator/lease.ts';
import { newRunRecord } from '../../../pipeline/orchestrator/run-record.ts';
import { RunStore } from '../../../pipeline/orchestrator/run-store.ts';
import { runRecordKey } from '../../../tasks/artifacts/artifact-keys.ts';
import { DirectoryStore } from '../../../tasks/artifacts/stores/directory/directory-store.ts';
import type { Body, ObjectInfo, PutOptions, StoredObject } from '../../../tasks/artifacts/stores/object-store.ts';
import { StoreUnavailable } from '../../../tasks/artifacts/stores/store-errors.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { longTiming } from '../../support/orchestration.ts';
import { saveAsStranger, stranger } from '../../support/overtaken.ts';
import { dag, run, start } from '../../support/run-records.ts';
import { startProcess } from '../../support/start-process.ts';

const { dagId } = dag;
const shortTiming: LeaseTiming = { renewSeconds: 0.1, staleSeconds: 0.6 };
const never = new AbortController().signal;

function take(runs: RunStore, timing = shortTiming, signal = never): Promise<Lease> {
  return Lease.take({ runs, dag, run, timing }, signal);
}

function memoryRuns(store = new MemoryStore()): RunStore {
  return new RunStore(store, dagId);
}

test('the lease of a new run is taken at once, as a new record with this process as its holder', async () => {
  const runs = memoryRuns();
  const lease = await take(runs, longTiming);
  const stored = await runs.load(run.timestamp);
  assert.deepEqual(stored?.record, lease.record);
  assert.equal(lease.record.lease.holder?.pid, process.pid);
  assert.deepEqual([lease.record.runId, lease.record.state], [run.runId, 'running']);
});

test('a released lease is taken at once, with all that was recorded', async () => {
  const runs = memoryRuns();
  const first = await take(runs, longTiming);
  await first.save({ ...first.record, state: 'failed' });
  await first.release();
  assert.equal((await runs.load(run.timestamp))?.record.lease.holder, null);
  const second = await take(runs, longTiming);
  assert.equal(second.record.state, 'failed');
  assert(second.record.lease.counter > first.record.lease.counter);
});

test('the lease of a killed process of the same machine is taken over without a watch', {
  timeout: 60_000,
}, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'lease-'));
  t.after(() => rm(directory, { recursive: true }));
  const store = new DirectoryStore(directory);
  const leader = startProcess('leader.ts', store.url, dagId, run.timestamp);
  assert.equal(await leader.nextLine(), 'leading');
  const runs = new RunStore(store, dagId);
  const holder = (await runs.load(run.timestamp))?.record.lease.holder;
  assert(holder && !isProvablyDead(holder));

  leader.child.kill('SIGKILL');
  await leader.ended;
  const lease = await take(runs, longTiming);
  assert.equal(lease.record.lease.holder?.pid, process.pid);
});

test('the lease of another host is taken over once its counter has stood still, not before', async () => {
  const runs = memoryRuns();
  await saveAsStranger(runs, newRunRecord(dag, run, start));
  const begun = performance.now();
  const lease = await take(runs);
  const seconds = (performance.now() - begun) / 1000;
  assert(seconds >= shortTiming.staleSeconds, `taken after ${seconds} s`);
  assert.equal(lease.record.lease.holder?.pid, process.pid);
});

/** Does something before each answer, so that a test need not keep up with a clock. */
class WatchedStore extends MemoryStore {
  beforeAnswer: (() => Promise<void>) | undefined;

  override async get(key: string): Promise<StoredObject | undefined> {
    const { beforeAnswer } = this;
    this.beforeAnswer = undefined;
    await beforeAnswer?.();
    this.beforeAnswer ??= beforeAnswer;
    return super.get(key);
  }
}

test('a store that is slow to answer first does not make a dead holder look alive', async () => {
  const store = new WatchedStore();
  const runs = memoryRuns(store);
  await saveAsStranger(runs, newRunRecord(dag, run, start));
  let answers = 0;
  store.beforeAnswer = async () => {
    answers += 1;
    if (answers === 1) await sleep(shortTiming.staleSeconds * 900);
  };
  assert.equal((await take(runs)).record.lease.holder?.pid, process.pid);
});

test('a holder of another host that renews its counter keeps the lease, and is named', async () => {
  const store = new WatchedStore();
  const runs = memoryRuns(store);
  const record = newRunRecord(dag, run, start);
  await saveAsStranger(runs, record);
  store.beforeAnswer = () => saveAsStranger(runs, record);
  await assert.rejects(
    take(runs),
    (error) => error instanceof LeaseTaken && /process 1 on another-host/.test(error.message),
  );
});

test('a holder that is held up together with its watcher keeps the lease', async () => {
  const store = new WatchedStore();
  const runs = memoryRuns(store);
  const record = newRunRecord(dag, run, start);
  await saveAsStranger(runs, record);
  let answers = 0;
  store.beforeAnswer = async () => {
    answers += 1;
    if (answers === 2) await sleep(shortTiming.staleSeconds * 1100);
    else await saveAsStranger(runs, record);
  };
  await assert.rejects(take(runs), LeaseTaken);
});

test('of two that take a stale lease at the same moment one wins', async () => {
  const store = new WatchedStore();
  const runs = memoryRuns(store);
  await saveAsStranger(runs, newRunRecord(dag, run, start));
  const takers = [take(runs), take(runs)];
  const winner = await Promise.race(takers);
  store.beforeAnswer = () => winner.save(winner.record);
  const settled = await Promise.allSettled(takers);
  assert.deepEqual(settled.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  assert(settled.some((taker) => taker.status === 'rejected' && taker.reason instanceof LeaseTaken));
});

test('waiting for a lease ends with the signal', async () => {
  const runs = memoryRuns();
  await saveAsStranger(runs, newRunRecord(dag, run, start));
  const stop = new AbortController();
  const taking = take(runs, longTiming, stop.signal);
  stop.abort(new Error('stopped'));
  await assert.rejects(taking, /stopped/);
});

test('a holder that was overtaken can neither save nor release, and what the new holder saved stands', async () => {
  const runs = memoryRuns();
  const lease = await take(runs);
  await saveAsStranger(runs, lease.record);
  await assert.rejects(lease.save({ ...lease.record, state: 'failed' }), LeaseTaken);
  await assert.rejects(lease.release(), LeaseTaken);
  const stored = await runs.load(run.timestamp);
  assert.deepEqual([stored?.record.state, stored?.record.lease.holder], ['running', stranger]);
});

test('nothing is saved while nothing changed and no renewal is due', async () => {
  const store = new MemoryStore();
  const lease = await take(memoryRuns(store), longTiming);
  const puts = () => store.calls.filter((call) => call.startsWith('put')).length;
  const before = puts();
  await lease.save(lease.record);
  const { startedAt, ...rest } = structuredClone(lease.record);
  await lease.save({ ...rest, startedAt });
  assert.equal(puts(), before);
  await lease.save({ ...lease.record, state: 'failed' });
  assert.equal(puts(), before + 1);
});

test('an unchanged record is saved once its renewal is due, with a counter that moves', async () => {
  const runs = memoryRuns();
  const lease = await take(runs, { renewSeconds: 0, staleSeconds: 1 });
  const { counter } = lease.record.lease;
  await lease.save(lease.record);
  assert.equal((await runs.load(run.timestamp))?.record.lease.counter, counter + 1);
});

/** Writes what it is given and then fails, as a store whose answer is lost. */
class UnreliableStore extends MemoryStore {
  failure: Error | undefined;

  override async put(key: string, body: Body, options?: PutOptions): Promise<ObjectInfo> {
    const info = await super.put(key, body, options);
    if (this.failure) throw this.failure;
    return info;
  }
}

test('a save that arrived though the store reported a failure does not cost the lease', async () => {
  const store = new UnreliableStore();
  const lease = await take(memoryRuns(store));
  store.failure = new StoreUnavailable('the answer was lost');
  await assert.rejects(lease.save({ ...lease.record, state: 'failed' }), StoreUnavailable);
  store.failure = undefined;
  // another turn, another record
  await lease.save({ ...lease.record, state: 'success' });
  assert.equal((await memoryRuns(store).load(run.timestamp))?.record.state, 'success');
});

test('a record that was deleted by hand ends the lease', async () => {
  const store = new MemoryStore();
  const lease = await take(memoryRuns(store));
  await store.delete(runRecordKey(dagId, run.timestamp));
  await assert.rejects(lease.save({ ...lease.record, state: 'failed' }), LeaseTaken);
});

test('a holder is provably dead only on this machine, and never this very process', async () => {
  const own = (await take(memoryRuns())).record.lease.holder;
  assert(own);
  assert.equal(isProvablyDead(own), false);
  assert.equal(isProvablyDead({ ...own, id: 'the container before this one' }), true);
  assert.equal(isProvablyDead({ ...own, pid: process.ppid }), false);
  assert.equal(isProvablyDead({ ...own, pid: 2 ** 30 }), true);
  assert.equal(isProvablyDead({ ...own, pid: 2 ** 30, host: 'another' }), false);
});

const ignore = () => {};

test('a lease is released after its use, with the record that was left for it', async () => {
  const runs = memoryRuns();
  const request = { runs, dag, run, timing: longTiming };
  const state = await withLease(request, never, ignore, async (lease) => {
    lease.saveOnRelease({ ...lease.record, state: 'failed' });
    return lease.record.state;
  });
  const record = (await runs.load(run.timestamp))?.record;
  assert.deepEqual([state, record?.state, record?.lease.holder], ['running', 'failed', null]);
});

test('a lease is released when its use fails or is stopped, and the failure is what the caller gets', async () => {
  const runs = memoryRuns();
  const request = { runs, dag, run, timing: longTiming };
  const failing = withLease(request, never, ignore, () => Promise.reject(new Error('stopped')));
  await assert.rejects(failing, /stopped/);
  assert.equal((await runs.load(run.timestamp))?.record.lease.holder, null);
});

test('a lease that was taken over is not released, and the caller gets the reason', async () => {
  const runs = memoryRuns();
  const reasons: Error[] = [];
  const request = { runs, dag, run, timing: longTiming };
  await withLease(
    request,
    never,
    (reason) => reasons.push(reason),
    (lease) => saveAsStranger(runs, lease.record),
  );
  assert(reasons[0] instanceof LeaseTaken);
  assert.deepEqual((await runs.load(run.timestamp))?.record.lease.holder, stranger);
});
