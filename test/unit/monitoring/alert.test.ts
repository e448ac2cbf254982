import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AlertLimits, alertsOf, lateness } from '../../../pipeline/monitoring/alert.ts';
import { medianSecondsOf } from '../../../pipeline/monitoring/durations.ts';
import { dag, endedAttempt, recordWith, run, secondsLater, startedAttempt } from '../../support/run-records.ts';

const limits: AlertLimits = {
  isRetryAlerted: true,
  lateAfterSeconds: 86_400,
  medianSeconds: new Map([
    ['train_model', 60],
    ['fetch_data', 900],
  ]),
};
const failedAttempt = { ...endedAttempt(1, 'failed', 70), reason: 'out of memory' };

function seen(record: Parameters<typeof alertsOf>[1], seconds = 5, given = limits): (string | undefined)[][] {
  return alertsOf(dag, record, given, secondsLater(seconds)).map(({ id, reason }) => [id, reason]);
}

test('a run that goes well is no news, whether it runs or is done', () => {
  assert.deepEqual(seen(recordWith({ train_model: { state: 'running', attempts: [startedAttempt(1)] } })), []);
  assert.deepEqual(seen({ ...recordWith({}, ['train_model']), state: 'success' }), []);
});

test('a failed run names the task, its last attempt and its reason', () => {
  const record = recordWith({ fetch_data: { state: 'failed', attempts: [failedAttempt], reason: 'no more retries' } });
  assert.deepEqual(seen({ ...record, state: 'failed' }), [['20240101T000000/failed/fetch_data/1', 'no more retries']]);
});

test('a retry is news for those who want it', () => {
  const retryAt = secondsLater(360).toISOString();
  const record = recordWith({ fetch_data: { state: 'up_for_retry', attempts: [failedAttempt], retryAt } });
  assert.deepEqual(seen(record), [
    ['20240101T000000/retried/fetch_data/1', `attempt 1 failed and is retried at ${retryAt}: out of memory`],
  ]);
  assert.deepEqual(seen(record, 5, { ...limits, isRetryAlerted: false }), []);
});

test('an attempt on an on-demand node is news', () => {
  const attempt = { ...startedAttempt(11), placement: 'on-demand' } as const;
  const [found] = seen(recordWith({ fetch_data: { state: 'running', attempts: [attempt] } }));
  assert.equal(found?.[0], '20240101T000000/on-demand/fetch_data/11');
});

test('an attempt is stuck after three times the usual time, and ten minutes at least', () => {
  const training = recordWith({ train_model: { state: 'running', attempts: [startedAttempt(1)] } });
  assert.deepEqual(seen(training, 599), []);
  assert.equal(seen(training, 601)[0]?.[1], 'attempt 1 has run for 10 min, usual are 1 min');
  const fetching = recordWith({ fetch_data: { state: 'running', attempts: [startedAttempt(1)] } });
  assert.deepEqual(seen(fetching, 2699), []);
  assert.equal(seen(fetching, 2701)[0]?.[0], '20240101T000000/stuck/fetch_data/1');
});

test('the due run is late when it is not published in time, for any reason', () => {
  // due on 11 January
  const late = (day: string, state?: 'running' | 'failed' | 'success') =>
    lateness(dag, run, state && { ...recordWith({}), state }, limits, new Date(`2024-01-${day}T00:00:01Z`));
  assert.deepEqual(late('11'), []);
  assert.match(
    late('12')[0]?.reason ?? '',
    /due at 2024-01-11T00:00:00.000Z and is not published: it was never started/,
  );
  assert.match(late('12', 'running')[0]?.reason ?? '', /it is running/);
  assert.match(late('12', 'failed')[0]?.reason ?? '', /it is failed/);
  assert.deepEqual(late('12', 'success'), []);
});

test('a due run that was published and is done again counts from then', () => {
  const late = (time: string) => {
    const again = { ...recordWith({}), state: 'running', unpublishedAt: '2024-01-15T00:00:00.000Z' } as const;
    return lateness(dag, run, again, limits, new Date(`2024-01-${time}Z`)).map(({ event }) => event);
  };
  assert.deepEqual(late('15T23:59:59'), []);
  assert.deepEqual(late('16T00:00:00'), ['late']);
});

test('the usual time of a task is the median of its successful attempts', () => {
  const lasted = (seconds: number) => ({
    ...endedAttempt(1, 'succeeded', 0),
    endedAt: secondsLater(seconds).toISOString(),
  });
  const records = [5, 100, 7].map((seconds) =>
    recordWith({ train_model: { attempts: [failedAttempt, lasted(seconds)] } }),
  );
  assert.deepEqual([...medianSecondsOf(records)], [['train_model', 7]]);
});
