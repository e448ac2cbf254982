import assert from 'node:assert/strict';
import { test } from 'node:test';
import { podEnvironment, processEnvironment } from '../../../pipeline/settings/attempt-environment.ts';
import { pipelineSettings, readPipelineSettings } from '../../../pipeline/settings/pipeline-settings.ts';
import type { Environment } from '../../../tasks/runtime/environment.ts';
import { readTaskSettings } from '../../../tasks/runtime/settings.ts';
import { run } from '../../support/run-records.ts';

function stated(environment: Environment, storeUrl = 's3://bucket') {
  return { environment, shape: pipelineSettings.shape, values: readPipelineSettings(environment), storeUrl };
}

test('an attempt gets the run, its number, and the settings as the orchestrator read them', () => {
  const given = { MAX_DEPTH: 'none', TEST_SIZE: '.25', RANDOM_STATE: '007', PGHOST: 'db', PATH: '/bin' };
  const environment = processEnvironment(stated(given, 's3://bucket/prefix'), { run, number: 3 });
  const { LOGICAL_DATE, RUN_ID, ATTEMPT, ARTIFACT_STORE, PGHOST, PATH } = environment;
  assert.deepEqual(
    [LOGICAL_DATE, RUN_ID, ATTEMPT, ARTIFACT_STORE, PGHOST, PATH],
    ['20240101T000000', 'scheduled__2024-01-01T00:00:00+00:00', '3', 's3://bucket/prefix', 'db', '/bin'],
  );
  const { MAX_DEPTH, TEST_SIZE, RANDOM_STATE } = environment;
  assert.deepEqual([MAX_DEPTH, TEST_SIZE, RANDOM_STATE], ['none', '0.25', '7']);
});

test('what an attempt reads is what the orchestrator compares with', () => {
  for (const given of [
    {},
    { MAX_DEPTH: 'none' },
    { TEST_SIZE: '0.333', N_ESTIMATORS: '7', LOANS_TABLE: 'public.loans' },
  ]) {
    const read = readTaskSettings(processEnvironment(stated(given), { run, number: 1 }));
    const { LOANS_TABLE, TEST_SIZE, RANDOM_STATE, FOREST_ENGINE, N_ESTIMATORS, MAX_DEPTH, DAG_ID } =
      readPipelineSettings(given);
    const deciding = { LOANS_TABLE, TEST_SIZE, RANDOM_STATE, FOREST_ENGINE, N_ESTIMATORS, MAX_DEPTH, DAG_ID };
    assert.deepEqual({ ...read, ...deciding }, read);
  }
});

test('an attempt neither times itself nor gets a second store', () => {
  const given = { S3_BUCKET: 'bucket', EXECUTION_TIMEOUT_SECONDS: '60' };
  const environment = processEnvironment(stated(given), { run, number: 1 });
  assert.deepEqual([environment.S3_BUCKET, environment.EXECUTION_TIMEOUT_SECONDS], [undefined, undefined]);
});

test('a pod inherits nothing but where the store is and how tasks work, and no secret', () => {
  const secrets = { AWS_SECRET_ACCESS_KEY: 'hunter2', DATABASE_URL: 'postgresql://u:p@h/d', PGPASSWORD: 'p' };
  const given = { PATH: '/bin', ...secrets, AWS_REGION: 'x', THREADS: '2' };
  const environment = podEnvironment(stated(given), { run, number: 1 });
  const beside = processEnvironment(stated({}), { run, number: 1 });
  const withheld = { S3_BUCKET: '', EXECUTION_TIMEOUT_SECONDS: '' };
  assert.deepEqual(environment, { ...beside, AWS_REGION: 'x', THREADS: '2', ...withheld });
});

test('what a pod finds in its ConfigMap does not overrule the orchestrator', () => {
  const configMap = { S3_BUCKET: 'another', EXECUTION_TIMEOUT_SECONDS: '1', N_ESTIMATORS: '8', PGHOST: 'db' };
  const pod = podEnvironment(stated({ N_ESTIMATORS: '7' }), { run, number: 1 });
  const read = readTaskSettings({ ...configMap, ...pod });
  assert.deepEqual(
    [read.S3_BUCKET, read.EXECUTION_TIMEOUT_SECONDS, read.N_ESTIMATORS, read.ARTIFACT_STORE],
    [undefined, undefined, 7, 's3://bucket'],
  );
});
