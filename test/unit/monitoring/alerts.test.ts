import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Verdict, verdictSchema } from '../../../pipeline/models/verdict.ts';
import type { Alert } from '../../../pipeline/monitoring/alert.ts';
import { AlertBook } from '../../../pipeline/monitoring/alert-book.ts';
import { Alerts } from '../../../pipeline/monitoring/alerts.ts';
import type { RunRecord } from '../../../pipeline/orchestrator/run-record.ts';
import { RunStore } from '../../../pipeline/orchestrator/run-store.ts';
import { FlakyStore } from '../../support/flaky-store.ts';
import { keepLog } from '../../support/orchestration.ts';
import { dag, endedAttempt, recordWith, start, startedAttempt } from '../../support/run-records.ts';

const day = 86_400;

/** Alerts on the day that the run of 1 January is due, with a channel that can fail. */
function open(t: TestContext) {
  let seconds = 0;
  t.mock.method(performance, 'now', () => seconds * 1000);
  const store = new FlakyStore();
  const runs = new RunStore(store, dag.dagId);
  const { log, lines } = keepLog();
  const sent: string[] = [];
  const rejected: Verdict[] = [];
  const channel = { isDown: false };
  const send = async ({ id }: Alert) => {
    if (channel.isDown) throw new Error('it answered 500');
    sent.push(id);
  };
  const alerts = new Alerts({
    dag: { ...dag, schedule: { ...dag.schedule, everyDays: 31 } },
    runs,
    book: new AlertBook(store, dag.dagId),
    verdictOn: async (timestamp) => rejected.find((verdict) => verdict.timestamp === timestamp),
    channels: [{ name: 'webhook', send }],
    limits: { isRetryAlerted: false, lateAfterSeconds: day },
    clock: () => new Date(start.getTime() + seconds * 1000),
    log,
  });
  const turn = async (record: RunRecord, after = 1) => {
    seconds += after;
    alerts.show(record);
    await alerts.settle();
  };
  const wakeUp = async (after: number) => {
    seconds += after;
    await alerts.check();
  };
  const save = async (record: RunRecord) => runs.save(record, (await runs.load(record.timestamp))?.info);
  return { alerts, store, channel, sent, lines, rejected, turn, wakeUp, save };
}

const failedAttempt = { ...endedAttempt(1, 'failed', 65), reason: 'bad data' };
const failed: RunRecord = {
  ...recordWith({ fetch_data: { state: 'failed', attempts: [failedAttempt], reason: 'bad data' } }),
  state: 'failed',
};
const onDemand = recordWith({
  fetch_data: { state: 'running', attempts: [{ ...startedAttempt(11), placement: 'on-demand' }] },
});
const failedId = '20240101T000000/failed/fetch_data/1';

test('what many turns show is sent once', async (t) => {
  const { turn, sent } = open(t);
  for (let count = 0; count < 5; count++) await turn(onDemand);
  for (let count = 0; count < 5; count++) await turn(failed);
  assert.deepEqual(sent, ['20240101T000000/on-demand/fetch_data/11', failedId]);
});

test('a channel that is down is logged and tried again after a while, not at each turn', async (t) => {
  const { turn, channel, sent, lines } = open(t);
  channel.isDown = true;
  for (let count = 0; count < 50; count++) await turn(onDemand);
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /could not be sent by webhook, and is sent later: it answered 500/);
  channel.isDown = false;
  await turn(onDemand, 60);
  assert.equal(sent.length, 1);
});

test('a store that is away is logged once a minute at most, and nothing is lost', async (t) => {
  const { turn, store, sent, lines } = open(t);
  store.isAway = true;
  for (let count = 0; count < 50; count++) await turn(onDemand);
  assert.equal(lines.length, 1);
  store.isAway = false;
  await turn(onDemand, 60);
  assert.equal(sent.length, 1);
});

test('a wake-up repeats once a day what has not been resolved, and says when it is', async (t) => {
  const { wakeUp, save, sent } = open(t);
  await save(failed);
  await wakeUp(10);
  await wakeUp(3600);
  await wakeUp(day - 3600);
  assert.deepEqual(sent.toSorted(), [failedId, failedId, '20240101T000000/late']);
  await save({ ...failed, state: 'success' });
  await wakeUp(10);
  await wakeUp(10);
  assert.deepEqual(sent.slice(3), ['20240101T000000/recovered']);
});

test('a rejected model is sent once, when its run has succeeded', async (t) => {
  const { wakeUp, save, rejected, sent } = open(t);
  await save({ ...recordWith({}), state: 'success' });
  await wakeUp(10);
  assert.deepEqual(sent, []);
  const rule = { name: 'GATE_MIN_F1', of: 'f1', value: 0.1, limit: 0.5, isMet: false };
  const decision = { rules: [rule], decision: 'rejected', decidedAt: start.toISOString() };
  const model = { timestamp: '20240101T000000', runId: 'scheduled__2024-01-01', model: 'a key', sha256: 'abc' };
  rejected.push(verdictSchema.parse({ version: 1, ...model, ...decision }));
  for (const seconds of [10, 2 * day]) await wakeUp(seconds);
  assert.deepEqual(sent, ['20240101T000000/rejected']);
});

test('a run that no orchestrator leads is found by the second wake-up that sees it so', async (t) => {
  const { wakeUp, save, sent } = open(t);
  const led = (counter: number) => ({ ...recordWith({}), lease: { holder: null, counter } });
  await save(led(1));
  await wakeUp(0);
  await save(led(2));
  await wakeUp(3600);
  assert.deepEqual(sent, []);
  await wakeUp(3600);
  assert.deepEqual(sent, ['20240101T000000/stuck']);
});

test('a due run that was never started is late', async (t) => {
  const { wakeUp, sent } = open(t);
  await wakeUp(day - 1);
  assert.deepEqual(sent, []);
  await wakeUp(1);
  assert.deepEqual(sent, ['20240101T000000/late']);
});

test('the failures of several runs led at once are all sent at the end, also of runs long past', async (t) => {
  const { turn, channel, wakeUp, sent } = open(t);
  const others = ['20231130T000000', '20231201T000000', '20231202T000000'].map((timestamp) => ({
    ...failed,
    timestamp,
  }));
  channel.isDown = true;
  for (const record of others) await turn(record);
  channel.isDown = false;
  await wakeUp(3600);
  assert.deepEqual(
    sent.filter((id) => id.includes('/failed/')).toSorted(),
    others.map(({ timestamp }) => `${timestamp}/failed/fetch_data/1`),
  );
});
