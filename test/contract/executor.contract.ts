import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { AttemptSpec, Executor, Observation, OpenAttempt } from '../../pipeline/orchestrator/executor.ts';
import { attempt, spec } from '../support/local-attempts.ts';

/** An executor whose attempts do what `test/support/attempt.ts` has under the name. */
export interface ExecutorUnderTest {
  readonly executor: Executor;
  /** How many attempts were really started. */
  started(): Promise<number>;
  /** Removes the attempt behind the executor's back. */
  vanish(): Promise<void>;
  /** Resolves once the attempt handles SIGTERM. */
  isReady(): Promise<void>;
}

export type ExecutorMaker = (t: TestContext, behaviour: string, argument?: string) => Promise<ExecutorUnderTest>;

const never = new AbortController().signal;
const started: OpenAttempt = { ...attempt, hasStarted: true };
const queued: AttemptSpec = spec;

async function observeUntil(
  { executor }: ExecutorUnderTest,
  isWanted: (seen: Observation) => boolean,
): Promise<Observation> {
  for (;;) {
    const seen = await executor.observe(started);
    if (isWanted(seen)) return seen;
    await executor.waitForChange(1, never);
  }
}

/** What every executor must do; the adapters' own tests add what only they can. */
export function describeExecutor(name: string, make: ExecutorMaker): void {
  describe(name, () => {
    it('observes an attempt that was never started as absent', async (t) => {
      const { executor } = await make(t, 'work');
      assert.deepEqual(await executor.observe(attempt), { phase: 'absent' });
    });

    for (const [exitCode, outcome] of [
      [0, 'succeeded'],
      [1, 'failed'],
      [65, 'failed'],
      [124, 'timed-out'],
    ] as const) {
      it(`observes exit ${exitCode} as ${outcome}, with the code`, async (t) => {
        const made = await make(t, 'exit', String(exitCode));
        await made.executor.start(queued);
        const end = await observeUntil(made, ({ phase }) => phase === 'ended');
        assert(end.phase === 'ended');
        assert.deepEqual([end.outcome, end.exitCode], [outcome, exitCode]);
        assert.equal(end.reason === undefined, exitCode === 0);
      });
    }

    it('starts an attempt once, though it is asked to twice', async (t) => {
      const made = await make(t, 'work');
      await made.executor.start(queued);
      await made.executor.start(queued);
      await observeUntil(made, ({ phase }) => phase === 'running');
      assert.equal(await made.started(), 1);
    });

    it('only looks when it observes', async (t) => {
      const made = await make(t, 'work');
      await made.executor.start(queued);
      await observeUntil(made, ({ phase }) => phase === 'running');
      for (let i = 0; i < 5; i++) assert.equal((await made.executor.observe(started)).phase, 'running');
      assert.equal(await made.started(), 1);
    });

    it('ends an attempt that is cancelled, twice too, and then it is over', async (t) => {
      const made = await make(t, 'work');
      await made.executor.start(queued);
      await observeUntil(made, ({ phase }) => phase === 'running');
      await made.isReady();
      await made.executor.cancel(started);
      await made.executor.cancel(started);
      await observeUntil(made, ({ phase }) => phase === 'ended' || phase === 'absent');
    });

    it('cancels an attempt that was never started without an error', async (t) => {
      const { executor } = await make(t, 'work');
      await executor.cancel(attempt);
      assert.deepEqual(await executor.observe(attempt), { phase: 'absent' });
    });

    it('observes an attempt that vanished as absent, and says as what it counts', async (t) => {
      const made = await make(t, 'work');
      await made.executor.start(queued);
      await observeUntil(made, ({ phase }) => phase === 'running');
      await made.vanish();
      assert.deepEqual(await observeUntil(made, ({ phase }) => phase !== 'running'), { phase: 'absent' });
      assert(['lost', 'cancelled'].includes(made.executor.vanished.outcome));
    });

    it('ends a wait when an attempt changes, when its time is over and when it is aborted', {
      timeout: 60_000,
    }, async (t) => {
      const made = await make(t, 'exit', '0');
      await made.executor.start(queued);
      await observeUntil(made, ({ phase }) => phase === 'ended');
      await made.executor.waitForChange(0.01, never);
      const stop = new AbortController();
      const wait = made.executor.waitForChange(3600, stop.signal);
      stop.abort();
      await wait;
    });
  });
}
