import assert from 'node:assert/strict';
import { test } from 'node:test';
import { creditDefaultDag } from '../../../pipeline/credit-default-dag.ts';
import {
  attemptEnvironment,
  podEnvironment,
  policyOverrides,
  readPipelineSettings,
} from '../../../pipeline/settings/pipeline-settings.ts';
import { UsageError } from '../../../tasks/runtime/errors.ts';
import { readTaskSettings } from '../../../tasks/runtime/settings.ts';
import { run } from '../../support/run-records.ts';

test('all faults are told at once, without repeating a secret', () => {
  const environment = {
    RETRIES: 'many',
    RETRY_DELAY_SECOND: '5',
    TEST_SIZE: '1.5',
    MAX_DEPTH: '0',
    LOANS_TABLE: 'loans; drop table loans',
    DATABASE_URL: 'mysql://user:hunter2@host/db',
    DAG_ID: 'a/b',
  };
  assert.throws(
    () => readPipelineSettings(environment),
    (error) => {
      assert(error instanceof UsageError);
      assert.doesNotMatch(error.message, /hunter2/);
      const named = Object.keys(environment).filter((name) =>
        error.faults.some((fault) => fault.startsWith(`${name} `)),
      );
      assert.deepEqual(named, Object.keys(environment));
      return error.faults.length === 7;
    },
  );
});

test('without any setting the DAG says the numbers', () => {
  assert.deepEqual(policyOverrides(readPipelineSettings({})), {});
});

test('every number of the policy can be overridden, to zero and to false too', () => {
  const overrides = policyOverrides(
    readPipelineSettings({
      RETRIES: '0',
      RETRY_DELAY_SECONDS: '0',
      RETRY_EXPONENTIAL_BACKOFF: 'false',
      MAX_RETRY_DELAY_SECONDS: '60',
      EXECUTION_TIMEOUT_SECONDS: '61',
      GRACE_PERIOD_SECONDS: '1',
      MAX_PREEMPTIONS: '0',
    }),
  );
  const [task] = creditDefaultDag('dag', overrides).tasks;
  assert.deepEqual(task?.policy, {
    retries: 0,
    retryDelaySeconds: 0,
    retryExponentialBackoff: false,
    maxRetryDelaySeconds: 60,
    executionTimeoutSeconds: 61,
    gracePeriodSeconds: 1,
    maxPreemptions: 0,
  });
});

test('an attempt is told the run, its number, and the settings as the orchestrator read them', () => {
  const given = { MAX_DEPTH: 'none', TEST_SIZE: '.25', RANDOM_STATE: '007', PGHOST: 'db', PATH: '/bin' };
  const settings = readPipelineSettings(given);
  const told = attemptEnvironment(given, settings, 's3://bucket/prefix', { run, number: 3 });
  assert.deepEqual(
    [told.LOGICAL_DATE, told.RUN_ID, told.ATTEMPT, told.ARTIFACT_STORE, told.PGHOST, told.PATH],
    ['20240101T000000', 'scheduled__2024-01-01T00:00:00+00:00', '3', 's3://bucket/prefix', 'db', '/bin'],
  );
  assert.deepEqual([told.MAX_DEPTH, told.TEST_SIZE, told.RANDOM_STATE], ['none', '0.25', '7']);
});

test('what an attempt reads is what the orchestrator judges by, whatever is set', () => {
  for (const given of [
    {},
    { MAX_DEPTH: 'none' },
    { TEST_SIZE: '0.333', N_ESTIMATORS: '7', LOANS_TABLE: 'public.loans' },
  ]) {
    const settings = readPipelineSettings(given);
    const read = readTaskSettings(attemptEnvironment(given, settings, 'file:///artifacts', { run, number: 1 }));
    const { LOANS_TABLE, TEST_SIZE, RANDOM_STATE, FOREST_ENGINE, N_ESTIMATORS, MAX_DEPTH, DAG_ID } = settings;
    const deciding = { LOANS_TABLE, TEST_SIZE, RANDOM_STATE, FOREST_ENGINE, N_ESTIMATORS, MAX_DEPTH, DAG_ID };
    assert.deepEqual({ ...read, ...deciding }, read);
  }
});

test('an attempt neither times itself nor is told a second store', () => {
  const given = { S3_BUCKET: 'bucket', EXECUTION_TIMEOUT_SECONDS: '60' };
  const told = attemptEnvironment(given, readPipelineSettings(given), 's3://bucket', { run, number: 1 });
  assert.deepEqual([told.S3_BUCKET, told.EXECUTION_TIMEOUT_SECONDS], [undefined, undefined]);
});

test('a pod inherits nothing but where the store is and how tasks work, and no secret', () => {
  const given = {
    PATH: '/bin',
    AWS_SECRET_ACCESS_KEY: 'hunter2',
    DATABASE_URL: 'postgresql://u:p@h/d',
    AWS_REGION: 'x',
  };
  const told = podEnvironment({ ...given, THREADS: '2' }, readPipelineSettings(given), 's3://bucket', {
    run,
    number: 1,
  });
  const beside = attemptEnvironment({}, readPipelineSettings(given), 's3://bucket', { run, number: 1 });
  assert.deepEqual(told, { ...beside, AWS_REGION: 'x', THREADS: '2', S3_BUCKET: '', EXECUTION_TIMEOUT_SECONDS: '' });
});

test('what a pod finds in its ConfigMap does not overrule the orchestrator', () => {
  const settings = readPipelineSettings({ N_ESTIMATORS: '7' });
  const configMap = { S3_BUCKET: 'another', EXECUTION_TIMEOUT_SECONDS: '1', N_ESTIMATORS: '8', PGHOST: 'db' };
  const read = readTaskSettings({ ...configMap, ...podEnvironment({}, settings, 's3://bucket', { run, number: 1 }) });
  assert.deepEqual(
    [read.S3_BUCKET, read.EXECUTION_TIMEOUT_SECONDS, read.N_ESTIMATORS, read.ARTIFACT_STORE],
    [undefined, undefined, 7, 's3://bucket'],
  );
});
