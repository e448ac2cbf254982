import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ofCreditDefault } from '../../tasks/dataset/dataset.ts';
import { readLoans } from '../../tasks/loans/read-loans.ts';
import { type TreeColumns, treeFields } from '../support/tree-columns.ts';
import { findDifference } from './find-difference.ts';
import { runOurs } from './our-run.ts';
import type { PipelineRun } from './pipeline-run.ts';

const loans = await readLoans(
  ofCreditDefault,
  createReadStream(join(import.meta.dirname, '../golden/separable-203/loans.csv')),
);
const parameters = { nEstimators: 5, maxDepth: 3, randomState: 7, testSize: 0.2 };
const { run: grown } = await runOurs(ofCreditDefault, loans, parameters);
const withMissing = (tree: TreeColumns) => ({ ...tree, missing_go_to_left: new Uint8Array(tree.feature.length) });
const run = { ...grown, trees: () => Array.from(grown.trees(), withMissing) };

/** What is found when the other side differs from ours in this. */
function differenceTo(changed: Partial<PipelineRun>, version = '1.9.1'): string | undefined {
  return findDifference(run, { ...run, ...changed }, version);
}

test('a run is equal to itself', () => assert.equal(differenceTo({}), undefined));

test('the first row of the split that differs is named', () => {
  assert.match(differenceTo({ train: run.train.with(5, 999) }) ?? '', /^train rows: train row 5 is \d+ here, 999 in/);
  assert.match(
    differenceTo({ test: run.test.subarray(0, 40) }) ?? '',
    /^test rows: test row 40 is \d+ here, missing in/,
  );
});

test('the first line of the test CSV that differs is named', () => {
  const testCsv = Buffer.from(Buffer.from(run.testCsv).toString().replace('credit_score', 'score'));
  assert.match(differenceTo({ testCsv }) ?? '', /^test CSV: line 1 is "loan_amount.*" here, "loan_amount,income,score/);
  const cut = run.testCsv.subarray(0, -1);
  assert.match(differenceTo({ testCsv: cut }) ?? '', /^test CSV: line 43 is "" here, missing in/);
});

for (const field of treeFields) {
  test(`a node whose ${field} differs is named, with both values`, () => {
    const trees = Array.from(run.trees(), (tree, t) =>
      t === 2 ? { ...tree, [field]: tree[field].with(2, 77) } : tree,
    );
    const node = field === 'value' ? 1 : 2;
    const difference = differenceTo({ trees: () => trees }) ?? '';
    assert.match(
      difference,
      new RegExp(`^forest: tree 2, node ${node}: ${field} is [^ ]+( and \\d+)? here, 77( and \\d+)? in`),
    );
  });
}

test('the lowest of several nodes that differ is named', () => {
  const trees = Array.from(run.trees(), (tree) => ({
    ...tree,
    feature: tree.feature.with(2, 77),
    impurity: tree.impurity.with(1, 77),
  }));
  assert.match(differenceTo({ trees: () => trees }) ?? '', /^forest: tree 0, node 1: impurity is/);
});

test('a missing tree and missing nodes are reported', () => {
  const [first, ...others] = run.trees();
  assert.ok(first);
  assert.equal(
    differenceTo({ trees: () => others.slice(0, 0) }),
    'forest: there are more trees here, 0 in scikit-learn',
  );
  const cut = Object.fromEntries(
    treeFields.map((field) => [field, first[field].subarray(0, field === 'value' ? 2 : 1)]),
  );
  const trees = [{ ...first, ...cut }, ...others];
  assert.match(
    differenceTo({ trees: () => trees }) ?? '',
    /^forest: tree 0, which has \d+ nodes here, 1 in scikit-learn$/,
  );
});

test('the first probability that differs is named', () => {
  const probabilities = run.probabilities.with(3, 0.1 + 0.2);
  assert.match(
    differenceTo({ probabilities }) ?? '',
    /^probabilities: probability 3 is [\d.]+ here, 0.30000000000000004 in/,
  );
});

const metrics = (f1: string, recall = '0.9000') =>
  `Model Performance Metrics\n========================\nAccuracy: 0.8\nPrecision: 0.8\nRecall: ${recall}\nF1 Score: ${f1}\n`;

function metricDifference(ours: string, theirs: string, version: string): string | undefined {
  return findDifference({ ...run, metricsText: ours }, { ...run, metricsText: theirs }, version);
}

test('a metric that differs is named', () => {
  const difference = metricDifference(metrics('0.8512'), metrics('0.8512', '0.7000'), '1.2.1');
  assert.equal(difference, 'metrics: line 5 is "Recall: 0.9000" here, "Recall: 0.7000" in scikit-learn');
});

test("F1 may differ in its last digit from scikit-learn's before 1.3", () => {
  assert.equal(metricDifference(metrics('0.8512'), metrics('0.8513'), '1.2.1'), undefined);
  assert.match(metricDifference(metrics('0.8512'), metrics('0.8513'), '1.3.0') ?? '', /F1 Score: 0.8512.* here/);
  assert.match(metricDifference(metrics('0.8512'), metrics('0.8514'), '1.2.1') ?? '', /F1 Score: 0.8512.* here/);
});
