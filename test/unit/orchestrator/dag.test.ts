import assert from 'node:assert/strict';
import { test } from 'node:test';
import { creditDefaultDag } from '../../../pipeline/credit-default-dag.ts';
import { defineDag, InvalidDag, type TaskPolicy } from '../../../pipeline/orchestrator/dag.ts';
import type { TaskId } from '../../../tasks/artifacts/artifact-keys.ts';

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

function define(after: Partial<Record<TaskId, TaskId[]>>, own: Partial<TaskPolicy> = {}) {
  const task = (taskId: TaskId) => ({ entrypoint: taskId, ...(after[taskId] && { after: after[taskId] }) });
  return defineDag({
    dagId: 'dag',
    description: '',
    tags: [],
    startDate: new Date(0),
    everyDays: 10,
    catchup: false,
    defaults: policy,
    pod,
    tasks: {
      evaluate_model: task('evaluate_model'),
      train_model: { ...task('train_model'), policy: own, pod: { limits: { cpu: '4', memory: '8Gi' } } },
      fetch_data: task('fetch_data'),
      create_s3_bucket: task('create_s3_bucket'),
    },
  });
}

const chain: Partial<Record<TaskId, TaskId[]>> = {
  fetch_data: ['create_s3_bucket'],
  train_model: ['fetch_data'],
  evaluate_model: ['train_model'],
};

test('tasks are put in an order in which each comes after its upstream, however they are written', () => {
  const { tasks } = define(chain);
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

test('a task takes the defaults, but for what is its own', () => {
  const [first, , training] = define(chain, { retries: 1 }).tasks;
  assert.deepEqual(first?.policy, policy);
  assert.deepEqual(training?.policy, { ...policy, retries: 1 });
  assert.deepEqual(training?.pod, { ...pod, limits: { cpu: '4', memory: '8Gi' } });
});

test('a task knows the artifacts it reads and publishes', () => {
  const training = define(chain).tasks[2];
  assert.deepEqual([training?.inputs, training?.outputs], [['loans'], ['testLoans', 'model']]);
});

const faults = [
  [
    'a cycle',
    { ...chain, fetch_data: ['create_s3_bucket', 'evaluate_model'] },
    {},
    /fetch_data, train_model, evaluate_model wait for each other/,
  ],
  ['a task after itself', { ...chain, create_s3_bucket: ['create_s3_bucket'] }, {}, /wait for each other/],
  [
    'an input that no upstream publishes',
    { ...chain, train_model: ['create_s3_bucket'] },
    {},
    /train_model reads loans, which no task before it publishes/,
  ],
  ['a negative number', chain, { retries: -1 }, /retries of train_model must be a whole number, 0 or more; found -1/],
  ['a fractional number', chain, { retryDelaySeconds: 0.5 }, /retryDelaySeconds of train_model/],
  ['no number', chain, { maxPreemptions: Number.NaN }, /maxPreemptions of train_model/],
] as const;

for (const [name, after, own, sentence] of faults) {
  test(`${name} is refused`, () => {
    const copy = Object.fromEntries(Object.entries(after).map(([taskId, upstream]) => [taskId, [...upstream]]));
    assert.throws(
      () => define(copy, own),
      (error) => error instanceof InvalidDag && sentence.test(error.message),
    );
  });
}

test('the credit default DAG says what the Airflow DAG says', () => {
  const { tasks, startDate, everyDays, catchup } = creditDefaultDag('credit_default_pipeline');
  assert.deepEqual([startDate.toISOString(), everyDays, catchup], ['2024-01-01T00:00:00.000Z', 10, false]);
  for (const task of tasks) assert.deepEqual([task.policy, task.pod], [policy, pod]);
});

test('a number that is overridden holds for every task', () => {
  const { tasks } = creditDefaultDag('credit_default_pipeline', { retries: 0 });
  assert.deepEqual(
    tasks.map((task) => task.policy.retries),
    [0, 0, 0, 0],
  );
});
