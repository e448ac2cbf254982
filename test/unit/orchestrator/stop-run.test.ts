import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reconcile } from '../../../pipeline/orchestrator/reconcile.ts';
import { stopRun } from '../../../pipeline/orchestrator/stop-run.ts';
import { loadRecord, startOrchestration } from '../../support/orchestration.ts';
import { publishOutputs } from '../../support/publish-outputs.ts';
import { tasksOf } from '../../support/run-records.ts';

const never = new AbortController().signal;

test('a stopped run has failed: its attempt is cancelled, what is published stays, what follows is given up', async () => {
  const { orchestration, executor, runs } = await startOrchestration();
  await publishOutputs(orchestration.artifacts, 'create_s3_bucket');
  executor.onStart = () => ({ phase: 'running' });
  await reconcile(orchestration);
  await reconcile(orchestration);
  await stopRun(orchestration, 'the table is loaded', never);
  const record = await loadRecord(runs);
  const { create_s3_bucket, fetch_data, train_model } = tasksOf(record);
  assert.equal(record.state, 'failed');
  assert.notEqual(record.endedAt, undefined);
  assert.deepEqual(
    [create_s3_bucket.state, fetch_data.state, train_model.state],
    ['success', 'failed', 'upstream_failed'],
  );
  assert.deepEqual(
    [fetch_data.reason, fetch_data.attempts[0]?.outcome],
    ['stopped by hand: the table is loaded', 'cancelled'],
  );
});
