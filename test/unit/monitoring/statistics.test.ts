import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { statisticsText } from '../../../pipeline/commands/statistics-view.ts';
import { slowness } from '../../../pipeline/monitoring/alert.ts';
import { taskStatistics } from '../../../pipeline/monitoring/statistics.ts';
import { endedAttempt, recordWith, secondsLater } from '../../support/run-records.ts';

/** Trained within so many seconds, after waiting for 5 s. */
function trained(seconds: number, ...before: ReturnType<typeof endedAttempt>[]) {
  const attempt = {
    ...endedAttempt(before.length + 1, 'succeeded', 0),
    startedAt: secondsLater(5).toISOString(),
    endedAt: secondsLater(5 + seconds).toISOString(),
  };
  return recordWith({ train_model: { state: 'success', attempts: [...before, attempt] } });
}

const runs = (...seconds: number[]) => seconds.map((lasted) => trained(lasted));

test('quantiles are those of attempts that succeeded, rates those of all that ended', () => {
  const onDemand = { ...endedAttempt(2, 'lost'), placement: 'on-demand' } as const;
  const records = [trained(100, endedAttempt(1, 'failed', 70), onDemand), ...runs(10, 20, 30)];
  const [found] = taskStatistics(records, ['train_model'], 10);
  assert.deepEqual(found, {
    taskId: 'train_model',
    attempts: 6,
    durationSeconds: { p50: 20, p95: 100, p99: 100 },
    queueSeconds: { p50: 5, p95: 5, p99: 5 },
    failureRate: 1 / 6,
    preemptionRate: 1 / 6,
    spotShare: 5 / 6,
    trend: null,
    isSlower: false,
  });
});

test('the trend compares the median with that of as many runs before, if these are enough', () => {
  const trendOf = (...seconds: number[]) => taskStatistics(runs(...seconds), ['train_model'], 3)[0];
  assert.equal(trendOf(10, 10, 20, 20, 20)?.trend, null);
  assert.equal(trendOf(10, 10, 10, 15, 15, 15)?.trend, 0.5);
  assert.equal(trendOf(10, 10, 10, 15, 15, 15)?.isSlower, false);
  assert.equal(trendOf(999, 10, 10, 10, 16, 16, 16)?.isSlower, true);
  assert.equal(trendOf(20, 20, 20, 10, 10, 10)?.trend, -0.5);
});

test('a task that has become slower by a minute or more is an event, once for each run', () => {
  const records = runs(9000, 9000, 9000, 16_200, 16_200, 16_200);
  const latest = trained(1);
  assert.deepEqual(
    slowness(latest, taskStatistics(records, ['train_model'], 3)).map(({ id, reason }) => [id, reason]),
    [['20240101T000000/slower/train_model', 'its attempts take 270.0 min, 80 % more than before']],
  );
  assert.deepEqual(slowness(latest, taskStatistics(runs(1, 1, 1, 9, 9, 9), ['train_model'], 3)), []);
});

test('statistics fit 80 columns, and mark what is slower', () => {
  const records = [...runs(9000, 9000, 9000), trained(16_200, endedAttempt(1, 'failed', 70)), ...runs(16_200, 16_200)];
  const ids = ['create_s3_bucket', 'train_model'];
  const text = stripVTControlCharacters(statisticsText(taskStatistics(records, ids, 3), 3, 80));
  for (const line of text.split('\n')) assert(line.length <= 80, line);
  assert.match(text, /^train_model +4 +4h30m\/4h30m\/4h30m +5\.0s\/5\.0s\/5\.0s +25 % +0 % +100 %\s+\+80 % slower$/m);
  assert.match(text, /^create_s3_bucket +0 +– +– +0 % +0 % +0 % +–$/m);
});
