import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { holding } from '../support/hold.ts';
import { tasksOf } from '../support/run-records.ts';
import type { Fault } from './api-server.ts';
import type { TestCluster } from './cluster.ts';
import { behaviour, ClusterRun, type Parts, taskWith } from './cluster-run.ts';
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

  /** It succeeds with one attempt, as if nothing had happened. */
  async function assertUnharmed(run: ClusterRun, led = run.lead()): Promise<void> {
    const record = await led;
    const { state } = record;
    const tasks = tasksOf(record);
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

  it('with calls that are slow but answered goes on as usual', async (t) => {
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

  it('outlasts a minute without it, logs it once, and keeps the lease', async (t) => {
    const run = await start(t);
    run.programs.set('train_model 1', behaviour('work'));
    const led = run.lead();
    const pod = await run.cluster.runningPod('train-model');
    run.cluster.api.faultOf = ({ path }) => (path.endsWith('/eviction') ? undefined : 'cut');
    const counter = (await run.record())?.lease.counter ?? 0;
    // in the meantime the attempt is evicted, so that there is something to be missed
    await run.cluster.evict(pod);
    await run.untilRecord('the lease is renewed', ({ lease }) => lease.counter >= counter + 3);
    run.cluster.api.faultOf = () => undefined;
    const tasks = tasksOf(await led);
    assert.deepEqual(
      tasks.train_model.attempts.map(({ outcome }) => outcome),
      ['preempted', 'succeeded'],
    );
    assert.equal(run.log.lines.filter((line) => line.includes('executor unavailable, retrying')).length, 1);
    assert.equal(run.log.lines.filter((line) => line.includes('executor available again')).length, 1);
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
    it(`waits behind ${what}, says what to do, and goes on once it is granted`, async (t) => {
      const run = await start(t);
      run.cluster.api.refusals.set('create jobs', message);
      const led = run.lead();
      await run.until('the reason is recorded', ({ train_model: { state, attempts } }) => {
        const reason = attempts[0]?.pendingReason ?? '';
        return state === 'queued' && reason.includes(message) && advice.test(reason);
      });
      run.cluster.api.refusals.clear();
      await assertUnharmed(run, led);
    });
  }

  for (const seconds of [30, 60, 90]) {
    it(`keeps an attempt that runs through an outage of ${seconds} s, and one with a power cut is replaced`, async (t) => {
      const healthy = await start(t);
      const held = join(store, `held-${seconds}`);
      await writeFile(held, '');
      healthy.programs.set('train_model 1', taskWith('train-model', holding('.onnx', held)));
      const led = healthy.lead();
      await healthy.cluster.runningPod('train-model');
      await outage(healthy.cluster, seconds);
      // nodes read Unknown until their kubelets patch them, a minute later
      await passTime(healthy.cluster, 90);
      await rm(held);
      await assertUnharmed(healthy, led);

      const cut = await start(t);
      cut.programs.set('train_model 1', behaviour('work'));
      const ledAfterCut = cut.lead();
      const { spec } = await cut.cluster.runningPod('train-model');
      await passTime(cut.cluster, 25);
      await outage(cut.cluster, seconds, () => cut.cluster.cutPower(spec?.nodeName ?? ''));
      const { attempts } = tasksOf(await ledAfterCut).train_model;
      assert.deepEqual(
        attempts.map(({ outcome }) => outcome),
        ['lost', 'succeeded'],
      );
      await cut.assertArtifacts(expected);
    });
  }

  /** In the middle of it something may happen. */
  async function outage(cluster: TestCluster, seconds: number, act: () => void = () => {}): Promise<void> {
    cluster.stopApi();
    await passTime(cluster, seconds / 2);
    act();
    await passTime(cluster, seconds / 2);
    cluster.startApi();
  }

  /** By the cluster's clock, which goes on a second every 10 ms of ours. */
  async function passTime(cluster: TestCluster, seconds: number): Promise<void> {
    const end = cluster.state.now().getTime() + seconds * 1000;
    await cluster.until('the time has passed', () => cluster.state.now().getTime() >= end || undefined);
  }

  it('shows why a quota refuses the pods of a Job while it waits, and goes on once it is granted', async (t) => {
    const run = await start(t);
    run.cluster.state.podRefusal = 'pods "x" is forbidden: exceeded quota: pods, used: 10, limited: 10';
    const led = run.lead();
    await run.until('the reason is recorded', ({ train_model: { state, attempts } }) => {
      return state === 'queued' && /its pod is refused: .*exceeded quota/.test(attempts[0]?.pendingReason ?? '');
    });
    run.cluster.state.podRefusal = undefined;
    await assertUnharmed(run, led);
  });

  it('fails an attempt whose Job is invalid', async (t) => {
    const run = await start(t, { settings: { RETRIES: '0' } });
    run.cluster.api.faultOf = ({ method }) => (method === 'POST' ? { status: 422 } : undefined);
    const record = await run.lead();
    const { state } = record;
    const tasks = tasksOf(record);
    assert.equal(state, 'failed');
    assert.match(tasks.train_model.reason ?? '', /the cluster cannot create Job credit-default-pipeline-train-model/);
  });

  it('asks no more than four times in each look while it waits', async (t) => {
    const run = await start(t);
    run.programs.set('train_model 1', behaviour('work'));
    const stop = new AbortController();
    const led = run.lead(stop.signal).catch(() => {});
    await run.until('it runs', ({ train_model }) => train_model.state === 'running');
    const { calls } = run.cluster.api;
    const looks = () => calls.filter((call) => call.startsWith('GET') && call.endsWith('/jobs')).length;
    const [callsBefore, looksBefore] = [calls.length, looks()];
    await run.cluster.until('it has looked ten times', () => looks() >= looksBefore + 10 || undefined);
    assert(calls.length - callsBefore <= 4 * (looks() - looksBefore) + 4, calls.slice(callsBefore).join('\n'));
    stop.abort();
    await led;
  });
});
