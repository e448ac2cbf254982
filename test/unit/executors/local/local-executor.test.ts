import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Observation } from '../../../../pipeline/orchestrator/executor.ts';
import {
  attempt,
  hastySpec,
  isAlive,
  localExecutor,
  observeUntil,
  processIdOf,
  spec,
} from '../../../support/local-attempts.ts';
import { startProcess } from '../../../support/start-process.ts';

const hasEnded = (seen: Observation) => seen.phase === 'ended';

async function endOf(behaviour: string, argument = ''): Promise<Observation> {
  const executor = localExecutor(behaviour, argument);
  await executor.start(spec);
  return observeUntil(executor, hasEnded);
}

suite('the local executor', { concurrency: 4 }, () => {
  test('an attempt killed by a signal is numbered as by a shell', async () => {
    const [killed, terminated] = await Promise.all([endOf('kill', 'SIGKILL'), endOf('kill', 'SIGTERM')]);
    assert.deepEqual(killed, { phase: 'ended', outcome: 'failed', exitCode: 137, reason: 'killed by SIGKILL' });
    assert.deepEqual(terminated, { phase: 'ended', outcome: 'preempted', exitCode: 143, reason: 'killed by SIGTERM' });
  });

  test('the reason of a failure is the last error that was logged, else the last line on stderr', async () => {
    const error = JSON.stringify({ level: 'ERROR', message: 'no such table', stack: 'Error\n  at x' });
    const reasons = await Promise.all(
      ['a warning\n\u001b[31mthe end\u001b[39m\n', `a warning\n${error}\nthe log could not be written\n`].map(
        async (text) => {
          const end = await endOf('complain', text);
          return end.phase === 'ended' && end.reason;
        },
      ),
    );
    assert.deepEqual(reasons, ['the end', 'no such table']);
  });

  test('of a long output the end is kept', async () => {
    const end = await endOf('complain', `${'x'.repeat(100_000)}\nthe end\n`);
    assert.equal(end.phase === 'ended' && end.reason, 'the end');
  });

  test('its environment is the one it is given, but that it logs as JSON', async () => {
    const end = await endOf('printEnvironment', 'given');
    assert.equal(end.phase === 'ended' && end.reason, 'json given undefined');
  });

  test('the latest progress is observed; what is no progress is ignored', async (t) => {
    const executor = localExecutor('babble');
    t.after(() => executor.close());
    await executor.start(spec);
    const seen = await observeUntil(
      executor,
      (observation) => observation.phase === 'ended' || 'progress' in observation,
    );
    assert.deepEqual(seen, { phase: 'running', progress: { done: 7, total: null, unit: 'rows' } });
  });

  test('a cancelled attempt gets SIGTERM, and ends', async () => {
    const executor = localExecutor('work');
    await executor.start(spec);
    await processIdOf(executor);
    await executor.cancel(attempt);
    await executor.cancel(attempt);
    const end = await observeUntil(executor, hasEnded);
    assert(end.phase === 'ended');
    assert.deepEqual([end.outcome, end.exitCode], ['preempted', 143]);
  });

  test('an attempt that ignores SIGTERM is killed when its grace period is over, not before', async () => {
    const executor = localExecutor('ignoreSigterm');
    await executor.start(hastySpec);
    await processIdOf(executor);
    const begun = performance.now();
    await executor.cancel(attempt);
    const end = await observeUntil(executor, hasEnded);
    const seconds = (performance.now() - begun) / 1000;
    assert.equal(end.phase === 'ended' && end.exitCode, 137);
    assert(seconds >= 0.99, `it had ${seconds} s`);
  });

  test('close leaves no process, not even one that ignores SIGTERM, and their outcome is cancelled', async () => {
    for (const [behaviour, given] of [
      ['work', spec],
      ['ignoreSigterm', hastySpec],
    ] as const) {
      const executor = localExecutor(behaviour);
      await executor.start(given);
      const processId = await processIdOf(executor);
      await executor.close();
      assert.equal(isAlive(processId), false);
      const end = await executor.observe(attempt);
      assert.equal(end.phase === 'ended' && end.outcome, 'cancelled');
    }
  });

  test('close keeps an end that was observed before', async () => {
    const executor = localExecutor('exit', '1');
    await executor.start(spec);
    const end = await observeUntil(executor, hasEnded);
    await executor.close();
    assert.deepEqual(await executor.observe(attempt), end);
  });

  test('Ctrl-C, which goes to a whole process group, does not reach attempts: close ends them', async () => {
    const executor = localExecutor('work');
    await executor.start(spec);
    const processId = await processIdOf(executor);
    // a process group of its own, whose leader it is: no group of ours has it
    assert.doesNotThrow(() => process.kill(-processId, 0));
    await executor.close();
  });

  for (const behaviour of ['work', 'listenLate']) {
    test(`a parent that is killed leaves no attempt behind (${behaviour})`, { timeout: 60_000 }, async () => {
      const parent = startProcess('local-parent.ts', behaviour);
      const processId = Number(await parent.nextLine());
      assert(isAlive(processId));
      parent.child.kill('SIGKILL');
      await parent.ended;
      while (isAlive(processId)) await sleep(20);
    });
  }

  test('a wait ends at once when something changed since the last one', { timeout: 60_000 }, async (t) => {
    const executor = localExecutor('babble');
    t.after(() => executor.close());
    await executor.start(spec);
    while (!('progress' in (await executor.observe(attempt)))) await sleep(10);
    // nothing more changes
    await executor.waitForChange(3600, t.signal);
  });

  test('a wait ends when its time is over, and when it is aborted', async () => {
    const executor = localExecutor('exit', '0');
    const stop = new AbortController();
    await executor.waitForChange(0.01, stop.signal);
    const pause = executor.waitForChange(60, stop.signal);
    stop.abort();
    await pause;
    await executor.waitForChange(60, stop.signal);
  });

  test('many waits leave no listeners behind', async () => {
    const executor = localExecutor('exit', '0');
    const { signal } = new AbortController();
    for (let pause = 0; pause < 200; pause++) await executor.waitForChange(0, signal);
    assert.deepEqual(getEventListeners(signal, 'abort'), []);
  });
});
