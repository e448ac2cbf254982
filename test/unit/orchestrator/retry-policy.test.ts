import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { TaskPolicy } from '../../../pipeline/orchestrator/dag.ts';
import { isCharged, isUncharged, nextTry, retryDelaySeconds } from '../../../pipeline/orchestrator/retry-policy.ts';
import type { TaskRecord } from '../../../pipeline/orchestrator/run-record.ts';
import { endedAttempt, secondsLater } from '../../support/run-records.ts';

const policy: TaskPolicy = {
  retries: 3,
  retryDelaySeconds: 300,
  retryExponentialBackoff: true,
  maxRetryDelaySeconds: 86_400,
  executionTimeoutSeconds: 7200,
  gracePeriodSeconds: 120,
  maxPreemptions: 10,
};
const identity = 'credit_default_pipeline#train_model#20240101T000000';

test('without back-off every delay is the same', () => {
  const constant = { ...policy, retryExponentialBackoff: false };
  assert.deepEqual(
    [1, 2, 3, 9].map((tryNumber) => retryDelaySeconds(constant, tryNumber, identity)),
    [300, 300, 300, 300],
  );
});

// least + int(sha1(f'{identity}#{try}').hexdigest(), 16) % least, as Airflow computes it; worked out with Python
test('with back-off the delay is what Airflow makes of the same hash', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((tryNumber) => retryDelaySeconds(policy, tryNumber, identity)),
    [512, 989, 1952, 2826, 7163],
  );
});

test('the delay lies between delay × 2^(try − 1) and its double, is capped, and is always the same', () => {
  const numbers = fc.record({
    delay: fc.integer({ min: 1, max: 10_000 }),
    max: fc.nat(1_000_000),
    tryNumber: fc.integer({ min: 1, max: 1001 }),
  });
  fc.assert(
    fc.property(numbers, fc.string(), ({ delay, max, tryNumber }, name) => {
      const given = { ...policy, retryDelaySeconds: delay, maxRetryDelaySeconds: max };
      const seconds = retryDelaySeconds(given, tryNumber, name);
      const least = delay * 2 ** (tryNumber - 1);
      assert(Number.isSafeInteger(seconds));
      assert(seconds >= Math.min(least, max) && seconds <= max && seconds < 2 * least);
      assert.equal(retryDelaySeconds(given, tryNumber, name), seconds);
    }),
  );
});

test('runs and tries are spread: their delays differ', () => {
  const names = Array.from({ length: 20 }, (_, index) => `${identity}${index}`);
  assert(new Set(names.map((name) => retryDelaySeconds(policy, 3, name))).size > 15);
});

test('no delay stays no delay', () => {
  for (const tryNumber of [1, 2, 1001]) {
    assert.equal(retryDelaySeconds({ ...policy, retryDelaySeconds: 0 }, tryNumber, identity), 0);
  }
});

test('only charged attempts lengthen the back-off', () => {
  const attempts = [
    endedAttempt(1, 'preempted', 143),
    endedAttempt(2, 'lost'),
    endedAttempt(3, 'cancelled'),
    endedAttempt(4, 'failed', 70),
  ];
  const next = nextTry(policy, { state: 'none', attempts, clearedThrough: 0 }, identity, secondsLater(60));
  assert.deepEqual(next, {
    kind: 'start',
    state: 'up_for_retry',
    at: secondsLater(60 + retryDelaySeconds(policy, 1, identity)),
    placement: 'spot',
  });
});

test('a replaced attempt after a failed one is followed at once', () => {
  const attempts = [endedAttempt(1, 'failed', 70), endedAttempt(2, 'preempted', 143)];
  const next = nextTry(policy, { state: 'none', attempts, clearedThrough: 0 }, identity, secondsLater(61));
  assert.deepEqual(next, { kind: 'start', at: secondsLater(61), state: 'up_for_retry', placement: 'spot' });
});

test('giving up says how often it was tried, and why the last attempt failed', () => {
  const last = { ...endedAttempt(1, 'failed', 70), reason: 'out of memory' };
  const task: TaskRecord = { state: 'none', attempts: [last], clearedThrough: 0 };
  assert.deepEqual(nextTry({ ...policy, retries: 0 }, task, identity, secondsLater(60)), {
    kind: 'give-up',
    reason: '1 attempt failed (retries: 0): out of memory',
  });
});

test('no attempt is both charged and replaced', () => {
  for (const outcome of ['succeeded', 'failed', 'preempted', 'timed-out', 'lost', 'cancelled'] as const) {
    for (const exitCode of [undefined, 0, 1, 64, 65, 66, 69, 70, 75, 77, 124, 137, 143]) {
      const attempt = endedAttempt(1, outcome, exitCode);
      assert(!(isCharged(attempt) && isUncharged(attempt)), `${outcome} ${exitCode}`);
    }
  }
});

test('an attempt that was given up before it ran is replaced on demand, one that ran is not', () => {
  const ran = endedAttempt(1, 'lost');
  const { startedAt: _, ...neverRan } = ran;
  const placementAfter = (attempt: TaskRecord['attempts'][number]) => {
    const next = nextTry(
      policy,
      { state: 'running', attempts: [attempt], clearedThrough: 0 },
      identity,
      secondsLater(60),
    );
    return next.kind === 'start' ? next.placement : next;
  };
  assert.equal(placementAfter(neverRan), 'on-demand');
  assert.equal(placementAfter(ran), 'spot');
});

test('data that was not ready is asked for again later, as often as need be, and never charged', () => {
  const attempts = Array.from({ length: 40 }, (_, i) => endedAttempt(i + 1, 'not-ready', 79));
  const given = { ...policy, retries: 0, maxPreemptions: 0, readyEverySeconds: 600 };
  const next = nextTry(given, { state: 'none', attempts, clearedThrough: 0 }, identity, secondsLater(60));
  assert.deepEqual(next, { kind: 'start', at: secondsLater(660), state: 'up_for_reschedule', placement: 'spot' });
});
