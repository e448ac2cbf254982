import assert from 'node:assert/strict';
import { test } from 'node:test';
import { creditDefaultDag } from '../../../pipeline/credit-default-dag.ts';
import { defineDag } from '../../../pipeline/orchestrator/dag.ts';
import { policyOverrides, readPipelineSettings } from '../../../pipeline/settings/pipeline-settings.ts';
import { UsageError } from '../../../tasks/runtime/errors.ts';

test('all faults are reported at once, without repeating a secret', () => {
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

test('without any setting the numbers of the DAG hold', () => {
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
  const [task] = defineDag(creditDefaultDag, 'dag', overrides).tasks;
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
