import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { creditDefaultDag } from '../../../../pipeline/credit-default-dag.ts';
import { jobLabels, jobName, labelSelector } from '../../../../pipeline/executors/kubernetes/job-name.ts';
import { taskIds } from '../../../../tasks/artifacts/catalogue.ts';
import { runOf } from '../../../../tasks/artifacts/run-dates.ts';
import { run, start } from '../../../support/run-records.ts';

const manual = runOf(creditDefaultDag.schedule, '2024-01-15T12:34:56Z', start);
const dagId = fc.stringMatching(/^[A-Za-z0-9_.-]{1,200}$/);

test('a Job is named after DAG, task, run and attempt', () => {
  assert.equal(
    jobName('credit_default_pipeline', run, 'train_model', 1),
    'credit-default-pipeline-train-model-20240101-1',
  );
  assert.equal(
    jobName('credit_default_pipeline', manual, 'create_s3_bucket', 2),
    'credit-default-pipeline-create-s3-bucket-20240115123456-2',
  );
});

test("every name is a DNS label, with room for a pod's suffix", () => {
  fc.assert(
    fc.property(
      dagId,
      fc.constantFrom(run, manual),
      fc.constantFrom(...taskIds),
      fc.integer({ min: 1, max: 99_999 }),
      (id, of, task, number) => {
        assert.match(jobName(id, of, task, number), /^(?=.{1,57}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/);
      },
    ),
  );
});

test('two DAGs share no name, however alike their ids', () => {
  const alike = [
    'a_b',
    'a-b',
    'a.b',
    'A_b',
    'a_b_',
    '_a_b',
    'a__b',
    '-a-b',
    `${'a'.repeat(60)}b`,
    `${'a'.repeat(60)}c`,
  ];
  const names = alike.map((id) => jobName(id, run, 'train_model', 1));
  assert.equal(new Set(names).size, alike.length, names.join(' '));
  const selectors = alike.map((id) => labelSelector(id, run));
  assert.equal(new Set(selectors).size, alike.length, selectors.join(' '));
});

test('tasks, runs and attempts of a DAG share no name', () => {
  const names = taskIds.flatMap((task) =>
    [run, manual].flatMap((of) => [1, 2, 12].map((number) => jobName('credit_default_pipeline', of, task, number))),
  );
  assert.equal(new Set(names).size, names.length);
});

test('every label is one that Kubernetes takes', () => {
  fc.assert(
    fc.property(dagId, (id) => {
      for (const value of Object.values(jobLabels(id, run, 'train_model', 7)))
        assert.match(value, /^(?=.{1,63}$)[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$/);
    }),
  );
});

test('the selector takes what the labels say, as narrow as asked', () => {
  assert.equal(labelSelector('credit_default_pipeline', run), 'dag=credit_default_pipeline,run=20240101T000000');
  assert.equal(
    labelSelector('credit_default_pipeline', run, 'train_model', 3),
    'dag=credit_default_pipeline,run=20240101T000000,task=train_model,attempt=3',
  );
  const labels = Object.entries(jobLabels('a.b', run, 'fetch_data', 3)).map(([name, value]) => `${name}=${value}`);
  for (const part of labelSelector('a.b', run, 'fetch_data', 3).split(',')) assert(labels.includes(part), part);
});
