import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { newRunRecord } from '../../../pipeline/orchestrator/run-record.ts';
import { InvalidRunRecord, RunStore } from '../../../pipeline/orchestrator/run-store.ts';
import { runRecordKey } from '../../../tasks/artifacts/artifact-keys.ts';
import { NoConditionalWrites } from '../../../tasks/artifacts/stores/conditional-writes.ts';
import { DirectoryStore } from '../../../tasks/artifacts/stores/directory/directory-store.ts';
import type { Body, ObjectInfo, PutOptions } from '../../../tasks/artifacts/stores/object-store.ts';
import { PreconditionFailed } from '../../../tasks/artifacts/stores/store-errors.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { dag, endedAttempt, recordWith, run, start, tasksOf } from '../../support/run-records.ts';

const { dagId } = dag;
const record = newRunRecord(dag, run, start);
const key = runRecordKey(dagId, run.timestamp);

/** Writes, and then says that someone else had written: the client's second try met its own first one. */
class RetryingStore extends MemoryStore {
  override async put(key: string, body: Body, options?: PutOptions): Promise<ObjectInfo> {
    await super.put(key, body, options);
    throw new PreconditionFailed(key);
  }
}

test('what is saved is loaded again, from a directory too', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'runs-'));
  t.after(() => rm(directory, { recursive: true }));
  const store = new DirectoryStore(directory);
  const runs = new RunStore(store, dagId);
  const full = recordWith({
    fetch_data: { state: 'failed', reason: 'why', attempts: [endedAttempt(1, 'failed', 70)] },
  });
  const saved = await runs.save(full, undefined);
  const loaded = await runs.load(run.timestamp);
  assert.deepEqual(loaded?.record, full);
  assert.equal(loaded?.info.etag, saved.info.etag);
});

test('a run that was never recorded is not there', async () => {
  assert.equal(await new RunStore(new MemoryStore(), dagId).load(run.timestamp), undefined);
});

test('of two that save over the same state the second is refused', async () => {
  const runs = new RunStore(new MemoryStore(), dagId);
  const { info } = await runs.save(record, undefined);
  await runs.save({ ...record, state: 'failed' }, info);
  await assert.rejects(runs.save({ ...record, state: 'success' }, info), PreconditionFailed);
  await assert.rejects(runs.save({ ...record, state: 'success' }, undefined), PreconditionFailed);
  assert.equal((await runs.load(run.timestamp))?.record.state, 'failed');
});

test('a refusal that met our own write is a success, with the etag that stands', async () => {
  const store = new RetryingStore();
  const saved = await new RunStore(store, dagId).save(record, undefined);
  assert.equal(saved.info.etag, store.objects.get(key)?.etag);
});

test('a store with conditional writes is accepted, and the record is left as it was', async () => {
  const store = new MemoryStore();
  const runs = new RunStore(store, dagId);
  const saved = await runs.save(record, undefined);
  await runs.refuseUnconditionalStore(saved);
  assert.equal(store.objects.get(key)?.etag, saved.info.etag);
});

test('a store that ignores conditions is refused by name', async () => {
  const runs = new RunStore(new MemoryStore({ conditions: false }), dagId);
  const saved = await runs.save(record, undefined);
  await assert.rejects(runs.refuseUnconditionalStore(saved), (error) => {
    return error instanceof NoConditionalWrites && error.message.startsWith('memory:/// ignores conditional writes');
  });
});

test('a record of another form is refused by its key', async () => {
  for (const text of ['not JSON', '{}', JSON.stringify({ ...record, state: 'asleep' })]) {
    const store = new MemoryStore();
    await store.put(key, Buffer.from(text));
    await assert.rejects(new RunStore(store, dagId).load(run.timestamp), (error) => {
      return error instanceof InvalidRunRecord && error.message.includes(key);
    });
  }
});

test('recorded runs are listed oldest first, without what else lies beside them', async () => {
  const store = new MemoryStore();
  const runs = new RunStore(store, dagId);
  for (const timestamp of ['20240111T000000', '20240101T000000', '20240102T030405']) {
    await runs.save({ ...record, timestamp }, undefined);
  }
  await store.put(`${dagId}/runs/notes.txt`, Buffer.from('x'));
  await new RunStore(store, 'another_dag').save(record, undefined);
  assert.deepEqual(await runs.list(), ['20240101T000000', '20240102T030405', '20240111T000000']);
});

test('a record as version 0.1 wrote it is read', async () => {
  const store = new MemoryStore();
  const time = '2024-02-01T00:00:00.000Z';
  const queued = { number: 3, placement: 'spot', queuedAt: time, reason: 'no node fits' };
  const attempts = [
    { ...queued, number: 1, startedAt: time, endedAt: time, outcome: 'failed', exitCode: 70, reason: 'out of memory' },
    { ...queued, number: 2, startedAt: time, ending: 'timed-out', endedAt: time, outcome: 'timed-out' },
    queued,
  ];
  const old = {
    dagId,
    runId: run.runId,
    timestamp: run.timestamp,
    state: 'running',
    startedAt: time,
    lead: { holder: { id: 'x', host: 'h', pid: 1, startedAt: time }, counter: 7 },
    tasks: { fetch_data: { state: 'queued', attempts, clearedThrough: 0 } },
  };
  await store.put(key, Buffer.from(JSON.stringify(old)));
  const loaded = (await new RunStore(store, dagId).load(run.timestamp))?.record;
  assert.deepEqual([loaded?.version, loaded?.lease.counter, loaded?.lease.holder?.pid], [1, 7, 1]);
  const read = loaded ? tasksOf(loaded) : undefined;
  assert.deepEqual(
    read?.fetch_data.attempts.map(({ phase, outcome, ending }) => [phase, outcome, ending?.outcome]),
    [
      ['ended', 'failed', undefined],
      ['ended', 'timed-out', 'timed-out'],
      ['queued', undefined, undefined],
    ],
  );
  assert.deepEqual(read?.train_model, { state: 'none', attempts: [], clearedThrough: 0 });
});

test('a task that the DAG does not have is kept', async () => {
  const runs = new RunStore(new MemoryStore(), dagId);
  const retired = { state: 'success', attempts: [endedAttempt(1, 'succeeded', 0)], clearedThrough: 0 } as const;
  await runs.save({ ...record, tasks: { retired: { ...retired, attempts: [...retired.attempts] } } }, undefined);
  assert.deepEqual((await runs.load(run.timestamp))?.record.tasks.retired, retired);
});
