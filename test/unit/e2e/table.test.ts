import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Result, resultsText } from '../../e2e/table.ts';

const results: Result[] = [
  {
    scenario: 'evicted',
    outcome: 'passed',
    finding: {
      charged: 0,
      recovery: { jobCreated: 0.84, podRunning: 2 },
      overheads: [1.04, 0.9, Number.NaN, 1],
      remark: 'well',
    },
  },
  { scenario: 'whole-run', outcome: 'passed', finding: { charged: 3 } },
  { scenario: 'times-out', outcome: 'failed', why: 'waited 900 s' },
  { scenario: 'node-preempted', outcome: 'not run', why: 'E2E_PREEMPT_NODE not given' },
];

test('the table shows outcome, attempts charged, recovery and overhead, and below it why', () => {
  assert.deepEqual(resultsText(results).trimEnd().split('\n'), [
    'scenario        outcome  charged  loss → Job, s  loss → running, s  overhead of each task, s',
    'evicted         passed   0        0.8            2.0                1.0 0.9 – 1.0',
    'whole-run       passed   3        –              –',
    'times-out       failed',
    'node-preempted  not run',
    'evicted: well',
    'times-out: failed: waited 900 s',
    'node-preempted: not run: E2E_PREEMPT_NODE not given',
  ]);
});
