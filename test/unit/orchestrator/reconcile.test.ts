import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeaseTaken } from '../../../pipeline/orchestrator/lease.ts';
import { reconcile } from '../../../pipeline/orchestrator/reconcile.ts';
import { artifactKey, runRecordKey } from '../../../tasks/artifacts/artifact-keys.ts';
import { StoreUnavailable } from '../../../tasks/artifacts/stores/store-errors.ts';
import { FlakyStore } from '../../support/flaky-store.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { loadRecord, longTiming, startOrchestration } from '../../support/orchestration.ts';
import { saveAsStranger } from '../../support/overtaken.ts';
import { publishOutputs } from '../../support/publish-outputs.ts';
import { dag, run, tasksOf } from '../../support/run-records.ts';
import { succeeded } from '../../support/scripted-executor.ts';

const recordKey = runRecordKey(dag.dagId, run.timestamp);

/** Its etags say nothing about artifacts; those of run records do, as the lease needs them. */
function storeWithLyingEtags(): MemoryStore {
  let writes = 0;
  const isRecord = (bytes: Uint8Array) => Buffer.from(bytes).includes('"lease"');
  return new MemoryStore({ etagOf: (bytes) => (isRecord(bytes) ? `write-${++writes}` : 'always the same') });
}

test('the attempt is on record before it is started', async () => {
  const { orchestration, executor, runs } = await startOrchestration();
  let recorded: unknown;
  executor.onStart = async () => {
    recorded = tasksOf(await loadRecord(runs)).create_s3_bucket.attempts[0]?.number;
    return { phase: 'running' };
  };
  await reconcile(orchestration);
  assert.equal(recorded, 1);
});

test('nothing is started when the record cannot be saved, and the next turn starts the same attempt', async () => {
  const store = new FlakyStore();
  const { orchestration, executor } = await startOrchestration({ store });
  store.isAway = true;
  await assert.rejects(reconcile(orchestration), StoreUnavailable);
  assert.deepEqual(executor.calls, []);
  store.isAway = false;
  await reconcile(orchestration);
  assert.deepEqual(executor.calls, ['start create_s3_bucket 1']);
});

test('nothing is started by one that was overtaken', async () => {
  const { orchestration, executor, runs } = await startOrchestration();
  await saveAsStranger(runs, orchestration.lease.record);
  await assert.rejects(reconcile(orchestration), LeaseTaken);
  assert.deepEqual(executor.calls, []);
});

test('an attempt that was recorded but not started, for a crash, is started under its own number', async () => {
  const { orchestration, executor, store } = await startOrchestration({ timing: longTiming });
  executor.onStart = () => Promise.reject(new Error('killed'));
  await assert.rejects(reconcile(orchestration), /killed/);
  executor.onStart = () => ({ phase: 'running' });
  await reconcile(orchestration);
  assert.deepEqual(executor.calls, ['start create_s3_bucket 1', 'start create_s3_bucket 1']);
  assert.equal(store.calls.filter((call) => call === `put ${recordKey}`).length, 2);
});

test('while an attempt merely runs, the store is neither written nor asked', async () => {
  const { orchestration, store } = await startOrchestration({ timing: longTiming });
  await reconcile(orchestration);
  const facts = await reconcile(orchestration);
  store.calls.length = 0;
  await reconcile(orchestration, facts);
  assert.deepEqual(store.calls, []);
});

test('what is published is looked up again when an attempt has ended', async () => {
  const { orchestration, executor } = await startOrchestration();
  const facts = await reconcile(orchestration);
  await publishOutputs(orchestration.artifacts, 'create_s3_bucket');
  executor.become('create_s3_bucket', 1, succeeded);
  await reconcile(orchestration, facts);
  assert.deepEqual(executor.starts, ['create_s3_bucket 1', 'fetch_data 1']);
});

test('after exit 66 the bytes are looked at, so that an input whose etag is wrong is made again', async () => {
  const store = storeWithLyingEtags();
  const { orchestration, executor } = await startOrchestration({ store });
  const { artifacts, lease } = orchestration;
  for (const taskId of ['create_s3_bucket', 'fetch_data'] as const) await publishOutputs(artifacts, taskId);
  await reconcile(orchestration);
  await reconcile(orchestration);
  assert.deepEqual(executor.starts, ['train_model 1']);

  const loans = artifactKey(dag.dagId, run.timestamp, 'loans');
  const standing = store.objects.get(loans);
  assert(standing);
  store.objects.set(loans, { ...standing, bytes: standing.bytes.map((byte) => byte ^ 1) });
  executor.become('train_model', 1, { phase: 'ended', outcome: 'failed', exitCode: 66 });
  await reconcile(orchestration);
  assert.deepEqual(executor.starts, ['train_model 1', 'fetch_data 1']);
  assert.equal(tasksOf(lease.record).train_model.state, 'none');

  // and the turns after it do not trust the etag again
  await reconcile(orchestration);
  assert.deepEqual(executor.starts, ['train_model 1', 'fetch_data 1']);
});
