import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Fault } from './api-server.ts';
import { behaviour, ClusterRun, type Parts } from './cluster-run.ts';
import { publishRun } from './published-run.ts';

describe('a run whose API server makes trouble', () => {
  let store: string;
  let expected: Record<string, string>;

  before(async () => {
    store = await mkdtemp(join(tmpdir(), 'published-'));
    expected = await publishRun(store);
  });
  after(() => rm(store, { recursive: true }));

  function start(t: TestContext, parts: Parts = {}): Promise<ClusterRun> {
    return ClusterRun.start(t, { from: store, undone: ['train_model'], ...parts });
  }

  /** It succeeds with one attempt, as if nothing had been. */
  async function assertUnharmed(run: ClusterRun, led = run.lead()): Promise<void> {
    const { state, tasks } = await led;
    const outcomes = tasks.train_model.attempts.map(({ outcome }) => outcome);
    assert.deepEqual([state, outcomes], ['success', ['succeeded']]);
    await run.assertArtifacts(expected);
  }

  /** Every kind of call meets each fault once, and is let through from then on. */
  function onceEach(
    ...faults: readonly Fault[]
  ): (call: { readonly method: string; readonly path: string }) => Fault | undefined {
    const met = new Map<string, number>();
    return ({ method, path }) => {
      const call = `${method} ${path}`;
      const count = met.get(call) ?? 0;
      met.set(call, count + 1);
      return faults[count];
    };
  }

  it('with 409, 410, 429, 500 and 503 to every kind of call goes on', async (t) => {
    const run = await start(t);
    run.cluster.api.faultOf = onceEach(...[409, 410, 429, 500, 503].map((status) => ({ status })));
    await assertUnharmed(run);
  });

  it('with connections that are cut goes on', async (t) => {
    const run = await start(t);
    run.cluster.api.faultOf = onceEach('cut');
    await assertUnharmed(run);
  });

  it('with calls that hang goes on when their time is over', async (t) => {
    const run = await start(t, { callLimitSeconds: 0.3 });
    run.cluster.api.faultOf = onceEach('hang');
    await assertUnharmed(run);
  });

  it('with calls that are slow but answered is none the worse', async (t) => {
    const run = await start(t);
    run.cluster.api.faultOf = () => ({ delayMs: 100 });
    await assertUnharmed(run);
    assert.deepEqual(run.log.lines, []);
  });

  it('adopts the Job whose creation was never answered', async (t) => {
    const run = await start(t);
    run.cluster.api.faultOf = onceEach('cut after acting');
    await assertUnharmed(run);
    assert.equal(run.cluster.state.jobs.all.length, 1);
  });

  it('outlasts a minute without it, says so once, and keeps the lead', async (t) => {
    const run = await start(t);
    run.programs.set('train_model 1', behaviour('work'));
    const led = run.lead();
    const pod = await run.cluster.runningPod('train-model');
    run.cluster.api.faultOf = ({ path }) => (path.endsWith('/eviction') ? undefined : 'cut');
    const counter = (await run.record())?.lease.counter ?? 0;
    // in the meantime the attempt is evicted, so that there is something to be missed
    await run.cluster.evict(pod);
    await run.untilRecord('the lead is renewed', ({ lease }) => lease.counter >= counter + 3);
    run.cluster.api.faultOf = () => undefined;
    const { tasks } = await led;
    assert.deepEqual(
      tasks.train_model.attempts.map(({ outcome }) => outcome),
      ['preempted', 'succeeded'],
    );
    assert.equal(run.log.lines.filter((line) => line.includes('cannot be started or watched, trying on')).length, 1);
    assert.equal(run.log.lines.filter((line) => line.includes('are watched again')).length, 1);
  });

  for (const [what, message, advice] of [
    [
      'a missing right',
      'jobs.batch is forbidden: User "orchestrator" cannot create resource "jobs"',
      /grant it in the Role/,
    ],
    [
      'a quota',
      'jobs.batch "x" is forbidden: exceeded quota: count/jobs.batch, used: 5, limited: 5',
      /raise the quota/,
    ],
    ['an admission policy', 'admission webhook "policy" denied the request: no', /change that policy/],
  ] as const) {
    it(`waits behind ${what}, tells what to do, and goes on once it is granted`, async (t) => {
      const run = await start(t);
      run.cluster.api.refusals.set('create jobs', message);
      const led = run.lead();
      await run.until('the reason is recorded', ({ train_model: { state, attempts } }) => {
        const reason = attempts[0]?.reason ?? '';
        return state === 'queued' && reason.includes(message) && advice.test(reason);
      });
      run.cluster.api.refusals.clear();
      await assertUnharmed(run, led);
    });
  }

  it('fails an attempt whose Job is taken for wrong', async (t) => {
    const run = await start(t, { settings: { RETRIES: '0' } });
    run.cluster.api.faultOf = ({ method }) => (method === 'POST' ? { status: 422 } : undefined);
    const { state, tasks } = await run.lead();
    assert.equal(state, 'failed');
    assert.match(tasks.train_model.reason ?? '', /the cluster cannot create Job credit-default-pipeline-train-model/);
  });

  it('asks no more than twice in each look while it waits', async (t) => {
    const run = await start(t);
    run.programs.set('train_model 1', behaviour('work'));
    const stop = new AbortController();
    const led = run.lead(stop.signal).catch(() => {});
    await run.until('it runs', ({ train_model }) => train_model.state === 'running');
    const { calls } = run.cluster.api;
    const looks = () => calls.filter((call) => call.startsWith('GET') && call.endsWith('/jobs')).length;
    const [callsBefore, looksBefore] = [calls.length, looks()];
    await run.cluster.until('it has looked ten times', () => looks() >= looksBefore + 10 || undefined);
    assert(calls.length - callsBefore <= 2 * (looks() - looksBefore) + 1, calls.slice(callsBefore).join('\n'));
    stop.abort();
    await led;
  });
});
