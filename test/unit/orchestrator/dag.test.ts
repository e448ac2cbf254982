import assert from 'node:assert/strict';
import { test } from 'node:test';
import { creditDefaultDag } from '../../../pipeline/credit-default-dag.ts';
import { type DagSource, defineDag, InvalidDag, type TaskPolicy } from '../../../pipeline/orchestrator/dag.ts';

const policy: TaskPolicy = {
  retries: 3,
  retryDelaySeconds: 300,
  retryExponentialBackoff: false,
  maxRetryDelaySeconds: 86_400,
  executionTimeoutSeconds: 7200,
  gracePeriodSeconds: 120,
  maxPreemptions: 10,
};
const pod = {
  requests: { cpu: '500m', memory: '1Gi' },
  limits: { cpu: '1000m', memory: '2Gi' },
  nodeSelector: { workload: 'airflow-workers' },
};

const source = { description: '', tags: [], schedule: { startDate: new Date(0), everyDays: 10 }, policy, pod };

function define(after: DagSource['tasks'] = {}, own: Partial<TaskPolicy> = {}) {
  const training = { ...after.train_model, policy: own, pod: { limits: { cpu: '4', memory: '8Gi' } } };
  return defineDag({ ...source, tasks: { ...after, train_model: training } }, 'dag');
}

test('a task comes after those that it reads from, and after those that the file adds', () => {
  const { tasks } = define({ fetch_data: { after: ['create_s3_bucket'] } });
  assert.deepEqual(
    tasks.map(({ taskId, upstream }) => [taskId, upstream]),
    [
      ['create_s3_bucket', []],
      ['fetch_data', ['create_s3_bucket']],
      ['train_model', ['fetch_data']],
      ['evaluate_model', ['train_model']],
    ],
  );
});

test('tasks are put in an order in which each comes after its upstream', () => {
  const { tasks } = define({ create_s3_bucket: { after: ['evaluate_model'] } });
  assert.deepEqual(
    tasks.map(({ taskId }) => taskId),
    ['fetch_data', 'train_model', 'evaluate_model', 'create_s3_bucket'],
  );
});

test('a task has the policy and the pod of the DAG, but for what is its own', () => {
  const [first, , training] = define({}, { retries: 1 }).tasks;
  assert.deepEqual(first?.policy, policy);
  assert.deepEqual(training?.policy, { ...policy, retries: 1 });
  assert.deepEqual(training?.pod, { ...pod, limits: { cpu: '4', memory: '8Gi' } });
});

const faults: readonly (readonly [string, DagSource['tasks'], Partial<TaskPolicy>, RegExp])[] = [
  [
    'a cycle',
    { fetch_data: { after: ['evaluate_model'] } },
    {},
    /fetch_data, train_model, evaluate_model wait for each other/,
  ],
  ['a task after itself', { create_s3_bucket: { after: ['create_s3_bucket'] } }, {}, /wait for each other/],
  ['a negative number', {}, { retries: -1 }, /retries of train_model must be a whole number, 0 or more; found -1/],
  ['a fractional number', {}, { retryDelaySeconds: 0.5 }, /retryDelaySeconds of train_model/],
  ['no number', {}, { maxPreemptions: Number.NaN }, /maxPreemptions of train_model/],
];

for (const [name, after, own, sentence] of faults) {
  test(`${name} is refused`, () => {
    assert.throws(
      () => define(after, own),
      (error) => error instanceof InvalidDag && sentence.test(error.message),
    );
  });
}

for (const everyDays of [0, 2.5, -10]) {
  test(`a schedule of every ${everyDays} days is refused`, () => {
    const schedule = { startDate: new Date(0), everyDays };
    assert.throws(() => defineDag({ ...source, schedule, tasks: {} }, 'dag'), InvalidDag);
  });
}

test('the credit default DAG is that of the Airflow DAG', () => {
  const { tasks, schedule } = defineDag(creditDefaultDag, 'credit_default_pipeline');
  assert.deepEqual([schedule.startDate.toISOString(), schedule.everyDays], ['2024-01-01T00:00:00.000Z', 10]);
  for (const task of tasks) assert.deepEqual([task.policy, task.pod], [policy, pod]);
  assert.deepEqual(
    tasks.map(({ taskId }) => taskId),
    ['create_s3_bucket', 'fetch_data', 'train_model', 'evaluate_model'],
  );
});

test('a number that is overridden holds for every task', () => {
  const { tasks } = defineDag(creditDefaultDag, 'credit_default_pipeline', { retries: 0 });
  assert.deepEqual(
    tasks.map((task) => task.policy.retries),
    [0, 0, 0, 0],
  );
});
