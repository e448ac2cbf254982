import assert from 'node:assert/strict';
import { test } from 'node:test';
import { untilAborted } from '../../../tasks/runtime/shutdown.ts';
import { startProcess } from '../../support/start-process.ts';

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} stops a task, which says so and ends with 143`, async () => {
    const task = startProcess('stoppable.ts');
    assert.equal(await task.nextLine(), 'working');
    task.child.kill(signal);
    assert.equal(await task.nextLine(), `stopped: ${signal}`);
    assert.equal(await task.ended, 143);
  });
}

test('the execution timeout stops a task, which says so and ends with 124', async () => {
  const task = startProcess('stoppable.ts', '1');
  assert.equal(await task.nextLine(), 'working');
  assert.equal(await task.nextLine(), 'not done after 1 s (EXECUTION_TIMEOUT_SECONDS)');
  assert.equal(await task.ended, 124);
});

test('without a stop, the work ends as it ends', async () => {
  const { signal } = new AbortController();
  assert.equal(await untilAborted(signal, Promise.resolve('done')), 'done');
  await assert.rejects(untilAborted(signal, Promise.reject(new TypeError('a bug'))), TypeError);
});

test('work that fails because it was stopped ends with the reason of the stop', async () => {
  const stop = new AbortController();
  const work = Promise.withResolvers<never>();
  const ending = untilAborted(stop.signal, work.promise);
  stop.abort(new Error('stopped'));
  work.reject(new Error('upload aborted'));
  await assert.rejects(ending, /^Error: stopped$/);
});

test('work that is done in spite of the stop is done', async () => {
  const stop = new AbortController();
  const work = Promise.withResolvers<string>();
  const ending = untilAborted(stop.signal, work.promise);
  stop.abort(new Error('stopped'));
  work.resolve('done');
  assert.equal(await ending, 'done');
});

for (const isEarly of [true, false]) {
  test(`work that never winds down is left after 8 s (stopped ${isEarly ? 'before' : 'while'} it runs)`, async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const stop = new AbortController();
    if (isEarly) stop.abort(new Error('stopped'));
    let hasEnded = false;
    const ending = untilAborted(stop.signal, new Promise(() => {})).finally(() => {
      hasEnded = true;
    });
    ending.catch(() => {});
    if (!isEarly) stop.abort(new Error('stopped'));
    t.mock.timers.tick(7999);
    await new Promise(setImmediate);
    assert.equal(hasEnded, false);
    t.mock.timers.tick(1);
    await assert.rejects(ending, /stopped/);
  });
}
