import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clearTasks, withDownstream } from '../../../pipeline/orchestrator/clear-tasks.ts';
import { LeaseTaken } from '../../../pipeline/orchestrator/lease.ts';
import { reconcile } from '../../../pipeline/orchestrator/reconcile.ts';
import { markerKey, scratchPrefix } from '../../../tasks/artifacts/artifact-keys.ts';
import { outputsOf, taskIds } from '../../../tasks/artifacts/catalogue.ts';
import { parametersOf } from '../../../tasks/runtime/settings.ts';
import { loadRecord, longTiming, startOrchestration } from '../../support/orchestration.ts';
import { saveAsStranger } from '../../support/overtaken.ts';
import { publishOutputs, settings } from '../../support/publish-outputs.ts';
import { dag, run, start, tasksOf } from '../../support/run-records.ts';

const never = new AbortController().signal;

test('a cleared task is no longer published, though its artifact stays, and everything made from it waits', async () => {
  const { orchestration, store } = await startOrchestration();
  for (const taskId of taskIds) await publishOutputs(orchestration.artifacts, taskId);
  await clearTasks(orchestration, ['fetch_data'], never);
  const { artifacts } = orchestration;
  assert.equal(await artifacts.arePublished(outputsOf('fetch_data'), parametersOf(settings)), false);
  assert.equal(await artifacts.arePublished(outputsOf('evaluate_model'), parametersOf(settings)), false);
  assert(await store.head(artifacts.keyOf('loans')));
  assert(await store.head(markerKey(artifacts.keyOf('model'))));
});

test('clearing the training deletes its checkpoints, and only this run’s', async () => {
  const { orchestration, store } = await startOrchestration();
  const own = `${scratchPrefix(dag.dagId, run.timestamp, 'train_model')}0123456789ab/0-9`;
  const other = `${scratchPrefix(dag.dagId, '20240111T000000', 'train_model')}0123456789ab/0-9`;
  for (const key of [own, other]) await store.put(key, Buffer.from('trees'));
  await clearTasks(orchestration, ['fetch_data'], never);
  assert(await store.head(own));
  await clearTasks(orchestration, ['train_model'], never);
  assert.deepEqual([await store.head(own), Boolean(await store.head(other))], [undefined, true]);
});

test('a failed run runs again after a clear, with fresh counts and the next number', async () => {
  const { orchestration, executor, runs } = await startOrchestration();
  executor.onStart = () => ({ phase: 'ended', outcome: 'failed', exitCode: 65 });
  await reconcile(orchestration);
  await reconcile(orchestration);
  assert.equal((await loadRecord(runs)).state, 'failed');

  await clearTasks(orchestration, taskIds, never);
  const cleared = await loadRecord(runs);
  const { state, endedAt } = cleared;
  const tasks = tasksOf(cleared);
  assert.deepEqual([state, endedAt, tasks.create_s3_bucket.state], ['running', undefined, 'none']);
  assert.equal(cleared.unpublishedAt, undefined);
  assert.equal(tasks.create_s3_bucket.attempts.length, 1);
  await reconcile(orchestration);
  assert.deepEqual(executor.starts, ['create_s3_bucket 1', 'create_s3_bucket 2']);
});

test('a run that was published remembers since when it is not', async () => {
  const { orchestration, runs } = await startOrchestration();
  for (const taskId of taskIds) await publishOutputs(orchestration.artifacts, taskId);
  await reconcile(orchestration);
  assert.equal((await loadRecord(runs)).unpublishedAt, undefined);
  await clearTasks(orchestration, taskIds, never);
  const { state, unpublishedAt } = await loadRecord(runs);
  assert.deepEqual([state, unpublishedAt], ['running', start.toISOString()]);
});

test('a running attempt is cancelled, recorded so, and gone before anything is deleted', async () => {
  const { orchestration, executor, store, runs } = await startOrchestration();
  await reconcile(orchestration);
  await reconcile(orchestration);
  let deletedTooEarly = false;
  executor.onCancel = ({ taskId, number }) => {
    executor.onIdle = () => {
      deletedTooEarly = store.calls.some((call) => call.startsWith('delete'));
      executor.become(taskId, number, { phase: 'ended', outcome: 'preempted', exitCode: 143 });
    };
  };
  await clearTasks(orchestration, ['create_s3_bucket'], never);
  const [attempt] = tasksOf(await loadRecord(runs)).create_s3_bucket.attempts;
  assert.deepEqual([attempt?.outcome, attempt?.ending?.outcome], ['cancelled', 'cancelled']);
  assert.equal(deletedTooEarly, false);
});

test('waiting for an attempt that does not end stops with the signal, and the attempt stays cancelled', async () => {
  const { orchestration, executor, runs } = await startOrchestration();
  await reconcile(orchestration);
  await reconcile(orchestration);
  const stop = new AbortController();
  executor.onCancel = () => {};
  executor.onIdle = () => stop.abort(new Error('stopped'));
  await assert.rejects(clearTasks(orchestration, ['create_s3_bucket'], stop.signal), /stopped/);
  const [attempt] = tasksOf(await loadRecord(runs)).create_s3_bucket.attempts;
  assert.deepEqual([attempt?.endedAt, attempt?.ending?.outcome], [undefined, 'cancelled']);
});

test('waiting for a running attempt does not write the record again and again', async () => {
  const { orchestration, executor, store } = await startOrchestration({ timing: longTiming });
  await reconcile(orchestration);
  await reconcile(orchestration);
  store.calls.length = 0;
  executor.onCancel = ({ taskId, number }) => {
    executor.onIdle = () => {
      if (executor.idleSeconds.length < 4) return;
      executor.become(taskId, number, { phase: 'ended', outcome: 'preempted', exitCode: 143 });
    };
  };
  await clearTasks(orchestration, ['create_s3_bucket'], never);
  // that it is being ended, that it has ended, that it is cleared
  assert(store.calls.filter((call) => call.startsWith('put')).length <= 4);
});

test('an attempt that was recorded and never started is cancelled too', async () => {
  const { orchestration, executor, runs } = await startOrchestration();
  executor.onStart = () => Promise.reject(new Error('killed'));
  await assert.rejects(reconcile(orchestration), /killed/);
  await clearTasks(orchestration, ['create_s3_bucket'], never);
  assert.equal(tasksOf(await loadRecord(runs)).create_s3_bucket.attempts[0]?.outcome, 'cancelled');
});

test('without the lease nothing of a running task is cleared', async () => {
  const { orchestration, store, runs } = await startOrchestration();
  await publishOutputs(orchestration.artifacts, 'create_s3_bucket');
  await reconcile(orchestration);
  await reconcile(orchestration);
  await saveAsStranger(runs, orchestration.lease.record);
  await assert.rejects(clearTasks(orchestration, ['fetch_data'], never), LeaseTaken);
  assert.deepEqual(
    store.calls.filter((call) => call.startsWith('delete')),
    [],
  );
});

test('downstream is everything that waits for a task, however far', () => {
  assert.deepEqual(withDownstream(dag, 'create_s3_bucket'), taskIds);
  assert.deepEqual(withDownstream(dag, 'train_model'), ['train_model', 'evaluate_model']);
  assert.deepEqual(withDownstream(dag, 'evaluate_model'), ['evaluate_model']);
});
