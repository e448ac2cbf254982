import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventLines } from '../../../pipeline/commands/event-lines.ts';
import type { RunRecord } from '../../../pipeline/orchestrator/run-record.ts';
import { keepLog } from '../../support/orchestration.ts';
import {
  endedAttempt,
  factsOf,
  queuedAttempt,
  recordWith,
  secondsLater,
  startedAttempt,
} from '../../support/run-records.ts';

function linesOf(records: readonly RunRecord[], before?: RunRecord): string[] {
  const { log, lines } = keepLog();
  const view = new EventLines(log);
  if (before) view.skip(before);
  for (const record of records) view.show(record);
  view.close();
  return lines;
}

const failed = { ...endedAttempt(1, 'failed', 70), reason: 'out of memory' };

test('each event is logged once, however often it is shown', () => {
  const records = [
    recordWith({ fetch_data: { state: 'queued', attempts: [queuedAttempt(1)] } }),
    recordWith({ fetch_data: { state: 'running', attempts: [startedAttempt(1)] } }),
    recordWith({ fetch_data: { state: 'up_for_retry', attempts: [failed], retryAt: '2024-02-01T00:06:00.000Z' } }),
    recordWith({ fetch_data: { state: 'running', attempts: [failed, startedAttempt(2)] } }),
    recordWith({ fetch_data: { state: 'success', attempts: [failed, endedAttempt(2, 'succeeded', 0)] } }),
  ];
  assert.deepEqual(linesOf(records.flatMap((record) => [record, record])), [
    'INFO fetch_data attempt 1 runs',
    'WARNING fetch_data attempt 1 failed after 1 min 0 s: out of memory',
    'INFO fetch_data is retried at 2024-02-01T00:06:00.000Z',
    'INFO fetch_data attempt 2 runs',
    'INFO fetch_data attempt 2 succeeded after 1 min 0 s',
  ]);
});

test('a task that failed is an error with its reason, and those after it say why they do not run', () => {
  const record = recordWith({
    train_model: { state: 'failed', reason: '4 attempts failed (retries: 3)' },
    evaluate_model: { state: 'upstream_failed' },
  });
  assert.deepEqual(linesOf([record, record]), [
    'ERROR train_model failed: 4 attempts failed (retries: 3)',
    'INFO evaluate_model does not run: upstream failed',
  ]);
});

test('each retry is announced', () => {
  const upForRetry = (attempts: number) =>
    recordWith({
      fetch_data: {
        state: 'up_for_retry',
        retryAt: `2024-02-01T00:0${attempts}:00.000Z`,
        attempts: Array.from({ length: attempts }, (_, index) => endedAttempt(index + 1, 'failed', 70)),
      },
    });
  const announced = linesOf([upForRetry(1), upForRetry(2)]).filter((line) => line.includes('is retried'));
  assert.equal(announced.length, 2);
});

test('what happened before this process took the lease is not logged', () => {
  const before = recordWith({ fetch_data: { state: 'running', attempts: [failed, startedAttempt(2)] } });
  const after = recordWith({ fetch_data: { state: 'success', attempts: [failed, endedAttempt(2, 'succeeded', 0)] } });
  assert.deepEqual(linesOf([before, after], before), ['INFO fetch_data attempt 2 succeeded after 1 min 0 s']);
});

test('every 10 s a line says how far the running task has come', (t) => {
  let seconds = 0;
  t.mock.method(performance, 'now', () => seconds * 1000);
  t.mock.timers.enable({ apis: ['Date'], now: secondsLater(20) });
  const { log, lines } = keepLog();
  const view = new EventLines(log);
  const record = recordWith({ train_model: { state: 'running', attempts: [startedAttempt(1)] } });
  const observed = { train_model: { phase: 'running', progress: { done: 25, total: 100, unit: 'trees' } } } as const;
  for (seconds = 0; seconds < 15; seconds++) view.show(record, factsOf([], observed));
  assert.deepEqual(lines, ['INFO train_model attempt 1 runs', 'INFO train_model: 25/100 trees, about 1 min 0 s left']);
});
