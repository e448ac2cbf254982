import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decide, settleOpenAttempts } from '../../../pipeline/orchestrator/decide.ts';
import type { Observation } from '../../../pipeline/orchestrator/executor.ts';
import { taskIds } from '../../../tasks/artifacts/catalogue.ts';
import {
  dag,
  deepFreeze,
  endedAttempt,
  factsOf,
  queuedAttempt,
  recordWith,
  secondsLater,
  start,
  startedAttempt,
  tasksOf,
} from '../../support/run-records.ts';

const spot = 'spot';

test('the first turn of a new run starts the first task and nothing else', () => {
  const { record, actions } = decide(dag, recordWith({}), factsOf([]), start);
  assert.deepEqual(actions, [{ type: 'start', taskId: 'create_s3_bucket', number: 1, placement: spot }]);
  assert.deepEqual(
    taskIds.map((taskId) => tasksOf(record)[taskId].state),
    ['queued', 'none', 'none', 'none'],
  );
  assert.deepEqual(tasksOf(record).create_s3_bucket.attempts, [queuedAttempt(1)]);
});

test('a task starts in the same turn in which its upstream is seen to be published', () => {
  const before = recordWith({ create_s3_bucket: { state: 'running', attempts: [startedAttempt(1)] } });
  const seen = factsOf(['create_s3_bucket'], {
    create_s3_bucket: { phase: 'ended', outcome: 'succeeded', exitCode: 0 },
  });
  const { record, actions } = decide(dag, before, seen, secondsLater(3));
  assert.equal(tasksOf(record).create_s3_bucket.state, 'success');
  assert.deepEqual(actions, [{ type: 'start', taskId: 'fetch_data', number: 1, placement: spot }]);
});

test('tasks whose outputs are already published never run', () => {
  const { record, actions } = decide(dag, recordWith({}), factsOf(taskIds), start);
  assert.deepEqual(actions, []);
  assert.equal(record.state, 'success');
  assert.equal(record.endedAt, start.toISOString());
});

test('a crash between record and start is made good by starting the attempt under its own number', () => {
  const before = recordWith({ create_s3_bucket: { state: 'queued', attempts: [queuedAttempt(1)] } });
  const { record, actions } = decide(
    dag,
    before,
    factsOf([], { create_s3_bucket: { phase: 'absent' } }),
    secondsLater(9),
  );
  assert.deepEqual(actions, [{ type: 'start', taskId: 'create_s3_bucket', number: 1, placement: spot }]);
  assert.deepEqual(record, before);
});

test('where an executor has but one placement, every attempt is recorded with it', () => {
  const { record, actions } = decide(dag, recordWith({}), { ...factsOf([]), onlyPlacement: 'local' }, start);
  assert.partialDeepStrictEqual(actions, [{ type: 'start', placement: 'local' }]);
  assert.equal(tasksOf(record).create_s3_bucket.attempts[0]?.placement, 'local');
});

test('an attempt that never started keeps its on-demand placement', () => {
  const attempts = [{ ...queuedAttempt(1), placement: 'on-demand' as const }];
  const before = recordWith({ create_s3_bucket: { state: 'queued', attempts } });
  const { actions } = decide(dag, before, factsOf([], { create_s3_bucket: { phase: 'absent' } }), start);
  assert.deepEqual(actions, [{ type: 'start', taskId: 'create_s3_bucket', number: 1, placement: 'on-demand' }]);
});

test('an attempt that never started is not started when its outputs are published already', () => {
  const before = recordWith({ create_s3_bucket: { state: 'queued', attempts: [queuedAttempt(1)] } });
  const { record, actions } = decide(dag, before, factsOf(taskIds, { create_s3_bucket: { phase: 'absent' } }), start);
  assert.deepEqual(actions, []);
  assert.equal(tasksOf(record).create_s3_bucket.attempts[0]?.outcome, 'succeeded');
  assert.equal(record.state, 'success');
});

test('an attempt that never started waits when its upstream has lost its outputs, and is started afterwards', () => {
  const before = recordWith({ fetch_data: { state: 'queued', attempts: [queuedAttempt(1)] } });
  const absent = { fetch_data: { phase: 'absent' } } as const;
  const { record, actions } = decide(dag, before, factsOf([], absent), start);
  assert.deepEqual(
    actions.map(({ taskId }) => taskId),
    ['create_s3_bucket'],
  );
  const ended = { create_s3_bucket: { phase: 'ended', outcome: 'succeeded' } } as const;
  const again = decide(dag, record, factsOf(['create_s3_bucket'], { ...absent, ...ended }), secondsLater(5));
  assert.deepEqual(again.actions, [{ type: 'start', taskId: 'fetch_data', number: 1, placement: spot }]);
});

test('an attempt that was seen running and is gone is lost, and replaced at once', () => {
  const before = recordWith({ create_s3_bucket: { state: 'running', attempts: [startedAttempt(1)] } });
  const { record, actions } = decide(
    dag,
    before,
    factsOf([], { create_s3_bucket: { phase: 'absent' } }),
    secondsLater(5),
  );
  assert.equal(tasksOf(record).create_s3_bucket.attempts[0]?.outcome, 'lost');
  assert.deepEqual(actions, [{ type: 'start', taskId: 'create_s3_bucket', number: 2, placement: spot }]);
});

test('where an attempt was seen to run is kept to its end', () => {
  const node = { name: 'node-1', type: 'm5.large' };
  const running: Observation = { phase: 'running', node };
  const before = recordWith({ create_s3_bucket: { state: 'queued', attempts: [queuedAttempt(1)] } });
  const first = decide(dag, before, factsOf([], { create_s3_bucket: running }), secondsLater(1));
  const second = decide(dag, first.record, factsOf([], { create_s3_bucket: { phase: 'absent' } }), secondsLater(2));
  assert.deepEqual(
    [first, second].map(({ record }) => tasksOf(record).create_s3_bucket.attempts[0]?.node),
    [node, node],
  );
});

test('a finished task waits again when its upstream loses its artifact, which is made again first', () => {
  const succeeded = { attempts: [endedAttempt(1, 'succeeded', 0)] };
  const before = recordWith({ fetch_data: succeeded, train_model: succeeded, evaluate_model: succeeded }, taskIds);
  // what is made from a lost input does not count as published either
  const { record, actions } = decide(dag, before, factsOf(['create_s3_bucket']), secondsLater(100));
  assert.deepEqual(actions, [{ type: 'start', taskId: 'fetch_data', number: 2, placement: spot }]);
  assert.deepEqual(
    taskIds.map((taskId) => tasksOf(record)[taskId].state),
    ['success', 'queued', 'none', 'none'],
  );
});

test('a published task behind one that is not waits, though nothing is made from what is missing', () => {
  const { record } = decide(dag, recordWith({}), factsOf(['fetch_data', 'train_model', 'evaluate_model']), start);
  assert.deepEqual(
    taskIds.map((taskId) => tasksOf(record)[taskId].state),
    ['queued', 'none', 'none', 'none'],
  );
});

test('after exit 66 the upstream runs first; then the task is tried again at once and uncharged', () => {
  const before = recordWith({ train_model: { state: 'running', attempts: [startedAttempt(1)] } }, [
    'create_s3_bucket',
    'fetch_data',
  ]);
  const refused = { train_model: { phase: 'ended', outcome: 'failed', exitCode: 66 } } as const;
  const first = decide(dag, before, factsOf(['create_s3_bucket'], refused), secondsLater(10));
  assert.deepEqual(first.actions, [{ type: 'start', taskId: 'fetch_data', number: 1, placement: spot }]);
  assert.equal(tasksOf(first.record).train_model.state, 'none');

  const ended = { fetch_data: { phase: 'ended', outcome: 'succeeded', exitCode: 0 } } as const;
  const second = decide(dag, first.record, factsOf(['create_s3_bucket', 'fetch_data'], ended), secondsLater(20));
  assert.deepEqual(second.actions, [{ type: 'start', taskId: 'train_model', number: 2, placement: spot }]);
});

test('exit 66 with its inputs published is tried again at once', () => {
  const before = recordWith({ train_model: { attempts: [startedAttempt(1)] } });
  const refused = { train_model: { phase: 'ended', outcome: 'failed', exitCode: 66 } } as const;
  const { actions } = decide(dag, before, factsOf(['create_s3_bucket', 'fetch_data'], refused), secondsLater(10));
  assert.deepEqual(actions, [{ type: 'start', taskId: 'train_model', number: 2, placement: spot }]);
});

test('everything after a failed task is upstream_failed, and the run has failed', () => {
  const before = recordWith({ fetch_data: { state: 'running', attempts: [startedAttempt(1)] } });
  const seen = { phase: 'ended', outcome: 'failed', exitCode: 65, reason: 'loans has no rows' } as const;
  const { record, actions } = decide(dag, before, factsOf(['create_s3_bucket'], { fetch_data: seen }), secondsLater(7));
  assert.deepEqual(actions, []);
  assert.deepEqual(
    taskIds.map((taskId) => tasksOf(record)[taskId].state),
    ['success', 'failed', 'upstream_failed', 'upstream_failed'],
  );
  assert.equal(tasksOf(record).fetch_data.reason, 'attempt 1 exited 65, which no retry changes: loans has no rows');
  assert.deepEqual([record.state, record.endedAt], ['failed', secondsLater(7).toISOString()]);
});

test('a run has not failed while an attempt behind the failed task is still under way', () => {
  const tasks = {
    fetch_data: { attempts: [endedAttempt(1, 'failed', 65)] },
    train_model: { attempts: [startedAttempt(1)] },
  };
  const seen = factsOf(['create_s3_bucket'], { train_model: { phase: 'running' } });
  const { record } = decide(dag, recordWith(tasks), seen, secondsLater(7));
  assert.deepEqual([tasksOf(record).fetch_data.state, tasksOf(record).train_model.state], ['failed', 'running']);
  assert.equal(record.state, 'running');
});

test('a run recorded as a success is opened again when an artifact is lost', () => {
  const done = recordWith({ evaluate_model: { attempts: [endedAttempt(1, 'succeeded', 0)] } }, taskIds);
  const before = { ...done, state: 'success' as const, endedAt: secondsLater(60).toISOString() };
  const published = taskIds.filter((taskId) => taskId !== 'evaluate_model');
  const { record, actions } = decide(dag, before, factsOf(published), secondsLater(1000));
  assert.deepEqual(actions, [{ type: 'start', taskId: 'evaluate_model', number: 2, placement: spot }]);
  assert.deepEqual([record.state, record.endedAt], ['running', undefined]);
});

test('an attempt that does not end by itself is ended, and replaced once it is gone', () => {
  const before = recordWith({ create_s3_bucket: { state: 'running', attempts: [startedAttempt(1)] } });
  const stuck = { phase: 'stuck', outcome: 'lost', reason: 'its node is gone' } as const;
  const first = decide(dag, before, factsOf([], { create_s3_bucket: stuck }), secondsLater(5));
  assert.deepEqual(first.actions, [{ type: 'cancel', taskId: 'create_s3_bucket' }]);
  const absent = factsOf([], { create_s3_bucket: { phase: 'absent' } });
  const { record, actions } = decide(dag, first.record, absent, secondsLater(6));
  const [attempt] = tasksOf(record).create_s3_bucket.attempts;
  assert.deepEqual([attempt?.outcome, attempt?.reason], ['lost', 'its node is gone']);
  assert.deepEqual(actions, [{ type: 'start', taskId: 'create_s3_bucket', number: 2, placement: spot }]);
});

test('what an earlier life left under the name of an attempt is ended before the attempt starts', () => {
  const before = recordWith({ create_s3_bucket: { state: 'queued', attempts: [queuedAttempt(1)] } });
  const { record, actions } = decide(dag, before, factsOf([], { create_s3_bucket: { phase: 'stale' } }), start);
  assert.deepEqual([record, actions], [before, [{ type: 'cancel', taskId: 'create_s3_bucket' }]]);
});

test('an attempt that vanished counts as its executor says', () => {
  const before = recordWith({ create_s3_bucket: { state: 'running', attempts: [startedAttempt(1)] } });
  const seen = factsOf([], { create_s3_bucket: { phase: 'absent' } });
  const vanished = { outcome: 'cancelled', reason: 'its orchestrator was killed' } as const;
  const { record } = decide(dag, before, { ...seen, vanished }, start);
  assert.equal(tasksOf(record).create_s3_bucket.attempts[0]?.outcome, 'cancelled');
});

test('tasks that the record lacks are empty, and those that the DAG lacks are kept and decide nothing', () => {
  const unknown = { state: 'failed', attempts: [], clearedThrough: 0 } as const;
  const before = { ...recordWith({}), tasks: { retired_task: { ...unknown, attempts: [] } } };
  const { record } = decide(dag, before, factsOf(taskIds), start);
  assert.equal(record.state, 'success');
  assert.deepEqual(record.tasks.retired_task, before.tasks.retired_task);
});

test('the end of a run that has ended stays what it was', () => {
  const before = { ...recordWith({}, taskIds), state: 'success' as const, endedAt: secondsLater(60).toISOString() };
  assert.deepEqual(decide(dag, before, factsOf(taskIds), secondsLater(1000)).record, before);
});

test('the tenth replacement goes to the on-demand placement, and there is no eleventh', () => {
  const preempted = (count: number) =>
    Array.from({ length: count }, (_, index) => endedAttempt(index + 1, 'preempted', 143));
  const turnAfter = (count: number) =>
    decide(dag, recordWith({ create_s3_bucket: { attempts: preempted(count) } }), factsOf([]), secondsLater(60));
  assert.deepEqual(turnAfter(9).actions, [{ type: 'start', taskId: 'create_s3_bucket', number: 10, placement: spot }]);
  assert.deepEqual(turnAfter(10).actions, [
    { type: 'start', taskId: 'create_s3_bucket', number: 11, placement: 'on-demand' },
  ]);
  assert.deepEqual(turnAfter(11).actions, []);
  assert.equal(tasksOf(turnAfter(11).record).create_s3_bucket.state, 'failed');
});

test('an attempt that no spot node fitted is replaced on demand, and the one after that on spot again', () => {
  const first = recordWith({ create_s3_bucket: { attempts: [queuedAttempt(1)] } });
  const unschedulable = { phase: 'ended', outcome: 'lost', reason: 'no node fits' } as const;
  const { record, actions } = decide(dag, first, factsOf([], { create_s3_bucket: unschedulable }), secondsLater(60));
  assert.deepEqual(actions, [{ type: 'start', taskId: 'create_s3_bucket', number: 2, placement: 'on-demand' }]);
  const preempted = { phase: 'ended', outcome: 'preempted' } as const;
  const next = decide(dag, record, factsOf([], { create_s3_bucket: preempted }), secondsLater(120));
  assert.deepEqual(next.actions, [{ type: 'start', taskId: 'create_s3_bucket', number: 3, placement: spot }]);
});

test('attempts before the last clear count neither as retries nor as replaced, but their numbers go on', () => {
  const attempts = Array.from({ length: 20 }, (_, index) => endedAttempt(index + 1, index % 2 ? 'failed' : 'lost', 70));
  const before = recordWith({ create_s3_bucket: { attempts, clearedThrough: 20 } });
  const { actions } = decide(dag, before, factsOf([]), secondsLater(61));
  assert.deepEqual(actions, [{ type: 'start', taskId: 'create_s3_bucket', number: 21, placement: spot }]);
});

test('the retry delay counts from the end of the attempt, not from when it was noticed', () => {
  const before = recordWith({ create_s3_bucket: { attempts: [endedAttempt(1, 'failed', 70)] } });
  const early = decide(dag, before, factsOf([]), secondsLater(60 + 299));
  assert.deepEqual(early.actions, []);
  assert.equal(tasksOf(early.record).create_s3_bucket.state, 'up_for_retry');
  assert.equal(tasksOf(early.record).create_s3_bucket.retryAt, secondsLater(60 + 300).toISOString());
  const due = decide(dag, early.record, factsOf([]), secondsLater(60 + 300));
  assert.deepEqual(due.actions, [{ type: 'start', taskId: 'create_s3_bucket', number: 2, placement: spot }]);
  assert.equal(tasksOf(due.record).create_s3_bucket.retryAt, undefined);
});

test('a task that is up for retry is done at once when its outputs turn out to be published', () => {
  const before = recordWith({ create_s3_bucket: { state: 'up_for_retry', attempts: [endedAttempt(1, 'failed', 70)] } });
  const { record } = decide(dag, before, factsOf(['create_s3_bucket']), secondsLater(61));
  assert.equal(tasksOf(record).create_s3_bucket.state, 'success');
});

test('what an attempt waited for is forgotten once it runs', () => {
  const before = recordWith({ create_s3_bucket: { attempts: [queuedAttempt(1)] } });
  const reason = 'no node has room';
  const waiting = decide(
    dag,
    before,
    factsOf([], { create_s3_bucket: { phase: 'queued', pendingReason: reason } }),
    start,
  ).record;
  assert.equal(tasksOf(waiting).create_s3_bucket.attempts[0]?.pendingReason, reason);
  const running = decide(dag, waiting, factsOf([], { create_s3_bucket: { phase: 'running' } }), start).record;
  assert.deepEqual(tasksOf(running).create_s3_bucket.attempts, [startedAttempt(1)]);
});

test('an exit 0 without outputs is a failure that says so', () => {
  const before = recordWith({ create_s3_bucket: { attempts: [startedAttempt(1)] } });
  const seen = factsOf([], { create_s3_bucket: { phase: 'ended', outcome: 'succeeded', exitCode: 0 } });
  const [attempt] = tasksOf(decide(dag, before, seen, start).record).create_s3_bucket.attempts;
  assert.deepEqual([attempt?.outcome, attempt?.reason], ['failed', 'it exited 0 without publishing its outputs']);
});

test('a turn in which nothing happens changes nothing', () => {
  const before = recordWith({ fetch_data: { state: 'running', attempts: [startedAttempt(1)] } }, ['create_s3_bucket']);
  const seen = factsOf(['create_s3_bucket'], { fetch_data: { phase: 'running' } });
  assert.deepEqual(decide(dag, before, seen, secondsLater(60)), { record: before, actions: [] });
});

test('deciding changes none of its inputs and gives the same answer twice', () => {
  const tasks = { create_s3_bucket: { attempts: [endedAttempt(1, 'failed', 70), startedAttempt(2)] } };
  const before = deepFreeze(recordWith(tasks));
  const seen = deepFreeze(factsOf([], { create_s3_bucket: { phase: 'ended', outcome: 'preempted', exitCode: 143 } }));
  const inputs = [deepFreeze(dag), before, seen, deepFreeze(secondsLater(99))] as const;
  assert.deepEqual(decide(...inputs), decide(...inputs));
});

test('an orchestrator that leaves records how attempts ended and starts none', () => {
  const before = recordWith({ fetch_data: { state: 'running', attempts: [startedAttempt(1)] } }, ['create_s3_bucket']);
  const seen = factsOf(['create_s3_bucket'], { fetch_data: { phase: 'ended', outcome: 'cancelled', exitCode: 143 } });
  const { fetch_data, train_model } = tasksOf(settleOpenAttempts(before, seen, secondsLater(5)));
  assert.deepEqual([fetch_data.attempts.length, fetch_data.attempts[0]?.outcome], [1, 'cancelled']);
  assert.equal(fetch_data.state, 'none');
  assert.deepEqual(train_model.attempts, []);
});

test('an orchestrator that leaves keeps the state of an attempt that goes on without it', () => {
  const before = recordWith({ fetch_data: { state: 'running', attempts: [startedAttempt(1)] } }, ['create_s3_bucket']);
  const seen = factsOf(['create_s3_bucket'], { fetch_data: { phase: 'running' } });
  assert.deepEqual(settleOpenAttempts(before, seen, secondsLater(5)), before);
});
