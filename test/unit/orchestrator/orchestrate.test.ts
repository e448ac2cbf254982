import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { creditDefaultDag } from '../../../pipeline/credit-default-dag.ts';
import { defineDag } from '../../../pipeline/orchestrator/dag.ts';
import { type AttemptSpec, ExecutorUnavailable, type Observation } from '../../../pipeline/orchestrator/executor.ts';
import { LeaseTaken } from '../../../pipeline/orchestrator/lease.ts';
import { orchestrate } from '../../../pipeline/orchestrator/orchestrate.ts';
import type { Orchestration } from '../../../pipeline/orchestrator/reconcile.ts';
import type { RunRecord } from '../../../pipeline/orchestrator/run-record.ts';
import { taskIds } from '../../../tasks/artifacts/catalogue.ts';
import { StoreUnavailable } from '../../../tasks/artifacts/stores/store-errors.ts';
import { Stopped } from '../../../tasks/runtime/errors.ts';
import { FlakyStore } from '../../support/flaky-store.ts';
import { keepLog, loadRecord, startOrchestration } from '../../support/orchestration.ts';
import { saveAsStranger } from '../../support/overtaken.ts';
import { publishOutputs } from '../../support/publish-outputs.ts';
import { dag, tasksOf } from '../../support/run-records.ts';
import { type ScriptedExecutor, succeeded } from '../../support/scripted-executor.ts';

const failed: Observation = { phase: 'ended', outcome: 'failed', exitCode: 70 };

function publishing({ artifacts }: Orchestration) {
  return async ({ task, number }: AttemptSpec): Promise<Observation> => {
    await publishOutputs(artifacts, task.taskId, number);
    return succeeded;
  };
}

async function lead(
  orchestration: Orchestration,
  signal = new AbortController().signal,
  log = keepLog().log,
): Promise<RunRecord> {
  try {
    return await orchestrate(orchestration, () => {}, log, signal);
  } finally {
    await orchestration.lease.release().catch(() => {});
  }
}

/** Time passes only while the executor waits, for the lease too. */
function passTimeWhileIdle(t: TestContext, executor: ScriptedExecutor): void {
  const passTime = executor.onIdle;
  let now = Math.ceil(performance.now());
  t.mock.method(performance, 'now', () => now);
  executor.onIdle = (seconds) => {
    now += Math.ceil(seconds * 1000);
    return passTime(seconds);
  };
}

/** Calls `act` once, in the given pause. */
function inPause(executor: ScriptedExecutor, pause: number, act: () => Promise<void> | void): void {
  const before = executor.onIdle;
  executor.onIdle = async (seconds) => {
    if (executor.idleSeconds.length === pause) await act();
    await before(seconds);
  };
}

test('a run goes through its tasks in order, and ends as a success', async () => {
  const { orchestration, executor, runs } = await startOrchestration();
  executor.onStart = publishing(orchestration);
  const record = await lead(orchestration);
  assert.deepEqual(
    executor.starts,
    taskIds.map((taskId) => `${taskId} 1`),
  );
  assert.equal(record.state, 'success');
  const { lease: _, ...saved } = await loadRecord(runs);
  assert.deepEqual({ ...record, ...saved }, record);
});

test('every turn is shown, the last one too', async () => {
  const { orchestration, executor } = await startOrchestration();
  executor.onStart = publishing(orchestration);
  const shown: string[] = [];
  await orchestrate(orchestration, ({ state }) => shown.push(state), keepLog().log, new AbortController().signal);
  assert.equal(shown.length, executor.idleSeconds.length + 1);
  assert.equal(shown.at(-1), 'success');
});

test('a run that is done already starts nothing', async () => {
  const { orchestration, executor } = await startOrchestration();
  for (const taskId of taskIds) await publishOutputs(orchestration.artifacts, taskId);
  assert.equal((await lead(orchestration)).state, 'success');
  assert.deepEqual(executor.starts, []);
});

test('a task that fails is retried after its delay, and fails after its retries', async () => {
  const { orchestration, executor, runs } = await startOrchestration();
  executor.onStart = () => failed;
  const begun = orchestration.clock().getTime();
  const record = await lead(orchestration);
  assert.deepEqual(
    executor.starts,
    [1, 2, 3, 4].map((number) => `create_s3_bucket ${number}`),
  );
  assert.equal(record.state, 'failed');
  assert.equal((await loadRecord(runs)).state, 'failed');
  const seconds = (orchestration.clock().getTime() - begun) / 1000;
  assert(seconds >= 900 && seconds < 930, `three delays of 300 s took ${seconds} s`);
});

test('an artifact that vanishes between two turns is made again', async () => {
  const { orchestration, executor, store } = await startOrchestration();
  const publish = publishing(orchestration);
  executor.onStart = async (order) => {
    if (order.task.taskId === 'evaluate_model' && order.number === 1) {
      await store.delete(orchestration.artifacts.keyOf('loans'));
      return { phase: 'ended', outcome: 'failed', exitCode: 66 };
    }
    return publish(order);
  };
  assert.equal((await lead(orchestration)).state, 'success');
  // the same loans came back, so the model made from them still stands
  assert.deepEqual(executor.starts.slice(3), ['evaluate_model 1', 'fetch_data 2', 'evaluate_model 2']);
});

test('a stop ends the attempts, records them as cancelled and leaves the run unfinished', async () => {
  const { orchestration, executor, runs } = await startOrchestration();
  const stop = new AbortController();
  inPause(executor, 2, () => stop.abort());
  await assert.rejects(lead(orchestration, stop.signal), Stopped);
  const record = await loadRecord(runs);
  assert.deepEqual(executor.calls, ['start create_s3_bucket 1', 'close']);
  assert.equal(tasksOf(record).create_s3_bucket.attempts[0]?.outcome, 'cancelled');
  assert.equal(record.state, 'running');
});

test('a stopped run goes on with the next number, uncharged', async () => {
  const { orchestration, executor, store, runs } = await startOrchestration();
  const stop = new AbortController();
  inPause(executor, 1, () => stop.abort());
  await assert.rejects(lead(orchestration, stop.signal), Stopped);

  const next = await startOrchestration({ store });
  next.executor.onStart = publishing(next.orchestration);
  await lead(next.orchestration);
  assert.deepEqual(next.executor.starts.slice(0, 2), ['create_s3_bucket 2', 'fetch_data 1']);
  assert.equal((await loadRecord(runs)).state, 'success');
});

test('an attempt that has published by the time it is stopped has succeeded', async () => {
  const { orchestration, executor, runs } = await startOrchestration();
  const stop = new AbortController();
  inPause(executor, 2, async () => {
    await publishOutputs(orchestration.artifacts, 'create_s3_bucket');
    stop.abort();
  });
  await assert.rejects(lead(orchestration, stop.signal), Stopped);
  assert.equal(tasksOf(await loadRecord(runs)).create_s3_bucket.attempts[0]?.outcome, 'succeeded');
});

test('a stop before the first turn starts nothing', async () => {
  const { orchestration, executor } = await startOrchestration();
  await assert.rejects(lead(orchestration, AbortSignal.abort()), Stopped);
  assert.deepEqual(executor.calls, ['close']);
});

test('a stop is a stop, also when the store is unavailable or another orchestrator has taken over', async () => {
  const store = new FlakyStore();
  const endings: readonly ((runs: Parameters<typeof loadRecord>[0], record: RunRecord) => Promise<void>)[] = [
    async () => {
      store.isAway = true;
    },
    (runs, record) => saveAsStranger(runs, record),
  ];
  for (const ending of endings) {
    store.isAway = false;
    store.objects.clear();
    const { orchestration, executor, runs } = await startOrchestration({ store });
    const stop = new AbortController();
    inPause(executor, 2, async () => {
      await ending(runs, orchestration.lease.record);
      stop.abort();
    });
    await assert.rejects(lead(orchestration, stop.signal), Stopped);
  }
});

test('an orchestrator that was overtaken stops acting, and touches neither the record nor the lease', async () => {
  const { orchestration, executor, runs } = await startOrchestration();
  inPause(executor, 2, async () => {
    await saveAsStranger(runs, orchestration.lease.record);
    executor.become('create_s3_bucket', 1, failed);
  });
  await assert.rejects(lead(orchestration), LeaseTaken);
  assert.deepEqual(executor.starts, ['create_s3_bucket 1']);
  assert.equal((await loadRecord(runs)).lease.holder?.id, 'a-stranger');
});

test('an outage of the store is logged once, waited out in pauses, and its end is logged', async (t) => {
  const store = new FlakyStore();
  const { orchestration, executor } = await startOrchestration({ store });
  executor.onStart = publishing(orchestration);
  passTimeWhileIdle(t, executor);
  inPause(executor, 1, () => {
    store.isAway = true;
  });
  inPause(executor, 60, () => {
    store.isAway = false;
  });
  const { log, lines } = keepLog();
  assert.equal((await lead(orchestration, new AbortController().signal, log)).state, 'success');
  assert.deepEqual(lines, [
    'WARNING object store unavailable, retrying: no answer',
    'INFO object store available again',
  ]);
  assert.deepEqual(new Set(executor.idleSeconds.slice(1, 60)), new Set([5]));
  assert.deepEqual(
    executor.starts,
    taskIds.map((taskId) => `${taskId} 1`),
  );
});

test('an outage of more than ten minutes ends the orchestrator', async (t) => {
  const store = new FlakyStore();
  const { orchestration, executor } = await startOrchestration({ store });
  passTimeWhileIdle(t, executor);
  inPause(executor, 1, () => {
    store.isAway = true;
    executor.become('create_s3_bucket', 1, failed);
  });
  await assert.rejects(lead(orchestration), StoreUnavailable);
  const seconds = executor.idleSeconds.reduce((sum, pause) => sum + pause, 0);
  assert(seconds > 600 && seconds < 620, `it gave up after ${seconds} s`);
});

test('any other error ends the orchestrator, and the attempts that cannot run without it', async () => {
  const { orchestration, executor } = await startOrchestration();
  executor.onStart = () => Promise.reject(new TypeError('a bug'));
  await assert.rejects(lead(orchestration), TypeError);
  assert.deepEqual(executor.calls.at(-1), 'close');
});

test('the lease is renewed every five seconds, and the record is otherwise left alone', async (t) => {
  const { orchestration, executor, store } = await startOrchestration();
  passTimeWhileIdle(t, executor);
  const stop = new AbortController();
  inPause(executor, 12, () => stop.abort());
  await assert.rejects(lead(orchestration, stop.signal), Stopped);
  // taken, queued, running, then a renewal for each pause of 5 s, and the release
  const puts = store.calls.filter((call) => call.startsWith('put')).length;
  assert(puts >= 12 && puts <= 16, `the record was saved ${puts} times in a minute`);
});

test('no pause is longer than the lease may go without renewal', async (t) => {
  const { orchestration, executor } = await startOrchestration({ timing: { renewSeconds: 2, staleSeconds: 6 } });
  passTimeWhileIdle(t, executor);
  const stop = new AbortController();
  inPause(executor, 5, () => stop.abort());
  await assert.rejects(lead(orchestration, stop.signal), Stopped);
  assert(executor.idleSeconds.every((seconds) => seconds <= 2));
});

test('an attempt whose time is over is ended, and waited for in pauses', async (t) => {
  const executionTimeoutSeconds = 60;
  const { orchestration, executor, runs } = await startOrchestration({
    dag: defineDag(creditDefaultDag, dag.dagId, { executionTimeoutSeconds, retries: 0 }),
  });
  passTimeWhileIdle(t, executor);
  const begun = orchestration.clock().getTime();
  let endedAfter = 0;
  let pausesAtCancel = 0;
  executor.onCancel = () => {
    endedAfter ||= (orchestration.clock().getTime() - begun) / 1000;
    pausesAtCancel ||= executor.idleSeconds.length;
    // it takes its time: 20 s at five seconds a turn
    if (executor.idleSeconds.length >= pausesAtCancel + 4) {
      executor.become('create_s3_bucket', 1, { phase: 'ended', outcome: 'preempted', exitCode: 143 });
    }
  };
  const record = await lead(orchestration);
  const { attempts } = tasksOf(record).create_s3_bucket;
  assert.equal(attempts[0]?.outcome, 'timed-out');
  assert(endedAfter >= 60 && endedAfter < 70, `it was ended after ${endedAfter} s`);
  assert(executor.idleSeconds.slice(pausesAtCancel).every((seconds) => seconds >= 1));
  assert.equal((await loadRecord(runs)).state, 'failed');
});

test('it wakes in time for a retry and for a deadline', async (t) => {
  const { orchestration, executor } = await startOrchestration({
    dag: defineDag(creditDefaultDag, dag.dagId, { retries: 1, retryDelaySeconds: 2, executionTimeoutSeconds: 3 }),
  });
  passTimeWhileIdle(t, executor);
  executor.onStart = ({ number }) => (number === 1 ? failed : { phase: 'running' });
  await lead(orchestration);
  const pauses = executor.idleSeconds.map(Math.round);
  assert(pauses.includes(2) && pauses.includes(3), `paused for ${pauses}`);
  assert.deepEqual(executor.calls, [
    'start create_s3_bucket 1',
    'start create_s3_bucket 2',
    'cancel create_s3_bucket 2',
    'close',
  ]);
});

/** From now on the executor is unavailable. */
function takeAway(executor: ScriptedExecutor): void {
  executor.observe = () => Promise.reject(new ExecutorUnavailable('no answer'));
}

test('an executor that is unavailable is logged once, fails nothing, and does not cost the lease', async (t) => {
  const { orchestration, executor, store } = await startOrchestration();
  passTimeWhileIdle(t, executor);
  const { observe } = executor;
  inPause(executor, 2, () => takeAway(executor));
  inPause(executor, 14, () => {
    executor.observe = observe;
    executor.onStart = publishing(orchestration);
    executor.become('create_s3_bucket', 1, { phase: 'ended', outcome: 'preempted', exitCode: 143 });
  });
  const { log, lines } = keepLog();
  const putsOf = () => store.calls.filter((call) => call.startsWith('put')).length;
  inPause(executor, 3, () => {
    store.calls.length = 0;
  });
  inPause(executor, 13, () => assert(putsOf() >= 8 && putsOf() <= 12));
  const record = await lead(orchestration, undefined, log);
  assert.equal(record.state, 'success');
  assert.deepEqual(
    tasksOf(record).create_s3_bucket.attempts.map(({ outcome }) => outcome),
    ['preempted', 'succeeded'],
  );
  assert.deepEqual(lines, ['WARNING executor unavailable, retrying: no answer', 'INFO executor available again']);
});

test('an executor that is unavailable for more than ten minutes ends the orchestrator', async (t) => {
  const { orchestration, executor } = await startOrchestration();
  passTimeWhileIdle(t, executor);
  inPause(executor, 2, () => takeAway(executor));
  await assert.rejects(lead(orchestration), ExecutorUnavailable);
  assert(executor.idleSeconds.length > 115);
});
