import assert from 'node:assert/strict';
import { test } from 'node:test';
import { progressText, timeLeftText } from '../../../pipeline/commands/run-view.ts';
import { durationSeconds, durationText } from '../../../pipeline/monitoring/durations.ts';
import { endedAttempt, queuedAttempt, secondsLater, startedAttempt } from '../../support/run-records.ts';

const durations = [
  [0, '0.0 s'],
  [0.04, '0.0 s'],
  [12.34, '12.3 s'],
  [59.94, '59.9 s'],
  [59.99, '1 min 0 s'],
  [60, '1 min 0 s'],
  [119.9, '1 min 59 s'],
  [3599, '59 min 59 s'],
  [3600, '1 h 0 min'],
  [7265, '2 h 1 min'],
] as const;

for (const [seconds, text] of durations) {
  test(`${seconds} seconds read as ${text}`, () => assert.equal(durationText(seconds), text));
}

test('an attempt lasts from its start, or while it waits from its queueing, to its end or to now', () => {
  assert.equal(durationSeconds(endedAttempt(1, 'succeeded'), secondsLater(999)), 60);
  assert.equal(durationSeconds(startedAttempt(1), secondsLater(7)), 7);
  assert.equal(durationSeconds(queuedAttempt(1), secondsLater(5)), 5);
  const started = { ...startedAttempt(1), startedAt: secondsLater(3).toISOString() };
  assert.equal(durationSeconds(started, secondsLater(5)), 2);
});

test('progress is counted in its unit, of a total where one is known', () => {
  assert.equal(progressText({ done: 1234567, total: null, unit: 'rows' }), '1,234,567 rows');
  assert.equal(progressText({ done: 5, total: 100, unit: 'trees' }), '5/100 trees');
});

test('a clock that was set back makes no time negative', () => {
  assert.equal(durationSeconds(startedAttempt(1), secondsLater(-31_535_996)), 0);
});

test('the rate so far says how long the rest takes, once there is one', () => {
  assert.equal(timeLeftText({ done: 25, total: 100, unit: 'trees' }, 20), ', about 1 min 0 s left');
  for (const [done, total, seconds] of [
    [0, 100, 20],
    [100, 100, 20],
    [25, null, 20],
    [25, 100, 0.5],
  ] as const)
    assert.equal(timeLeftText({ done, total, unit: 'trees' }, seconds), '');
});
