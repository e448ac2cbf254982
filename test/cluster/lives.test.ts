import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { clearTasks } from '../../pipeline/orchestrator/clear-tasks.ts';
import { LeaseTaken } from '../../pipeline/orchestrator/lease.ts';
import type { RunRecord } from '../../pipeline/orchestrator/run-record.ts';
import { Stopped } from '../../tasks/runtime/errors.ts';
import { holding } from '../support/hold.ts';
import { tasksOf } from '../support/run-records.ts';
import { behaviour, ClusterRun, taskWith } from './cluster-run.ts';
import { publishRun } from './published-run.ts';
import { hasCondition } from './resource.ts';

const { signal } = new AbortController();
const job = 'credit-default-pipeline-train-model-20240101-1';

describe('an orchestrator of a cluster', () => {
  let store: string;
  let expected: Record<string, string>;

  before(async () => {
    store = await mkdtemp(join(tmpdir(), 'published-'));
    expected = await publishRun(store);
  });
  after(() => rm(store, { recursive: true }));

  function start(t: TestContext): Promise<ClusterRun> {
    return ClusterRun.start(t, { from: store, undone: ['train_model'] });
  }

  function outcomesOf(record: RunRecord): (string | undefined)[] {
    return tasksOf(record).train_model.attempts.map(({ outcome }) => outcome);
  }

  it('that dies after creating a Job is followed by one that adopts it', async (t) => {
    const run = await start(t);
    await run.turn();
    assert.deepEqual(outcomesOf(await run.lead()), ['succeeded']);
    assert.equal(run.creations, 1);
    await run.assertArtifacts(expected);
  });

  it('that dies between recording an attempt and creating its Job is followed by one that creates it', async (t) => {
    const run = await start(t);
    run.cluster.api.faultOf = ({ method }) => (method === 'POST' ? 'cut' : undefined);
    await assert.rejects(run.turn());
    run.cluster.api.faultOf = () => undefined;
    assert.deepEqual(outcomesOf(await run.lead()), ['succeeded']);
    assert.equal(run.cluster.state.jobs.all.length, 1);
  });

  it('that was away while its attempt succeeded goes by the markers', async (t) => {
    const run = await start(t);
    await run.turn();
    await run.cluster.until('the Job is complete', () => hasEnded(run, 'Complete'));
    assert.deepEqual(outcomesOf(await run.lead()), ['succeeded']);
    assert.equal(run.creations, 1);
  });

  it('that was away while its attempt was evicted replaces it, uncharged, though the pod is gone', async (t) => {
    const run = await start(t);
    run.programs.set('train_model 1', behaviour('work'));
    await run.turn();
    await run.cluster.evict(await run.cluster.runningPod(job));
    await run.cluster.until('the Job has failed', () => hasEnded(run, 'Failed'));
    await run.cluster.until('the pod is gone', () => run.cluster.state.pods.all.length === 0 || undefined);
    assert.deepEqual(outcomesOf(await run.lead()), ['preempted', 'succeeded']);
    await run.assertArtifacts(expected);
  });

  it('that is stopped leaves its attempt running, and the next one finds it', async (t) => {
    const run = await start(t);
    const held = join(store, 'held');
    await writeFile(held, '');
    run.programs.set('train_model 1', taskWith('train-model', holding('.onnx', held)));
    const stop = new AbortController();
    const led = run.lead(stop.signal);
    await run.cluster.runningPod(job);
    stop.abort();
    await assert.rejects(led, Stopped);
    assert.equal((await run.record())?.lease.holder, null);
    await rm(held);
    assert.deepEqual(outcomesOf(await run.lead()), ['succeeded']);
    assert.equal(run.creations, 1);
  });

  it('that is stopped while the API server is away releases the lease all the same', async (t) => {
    const run = await start(t);
    run.programs.set('train_model 1', behaviour('work'));
    const stop = new AbortController();
    const led = run.lead(stop.signal);
    await run.cluster.runningPod(job);
    run.cluster.api.faultOf = () => 'cut';
    stop.abort();
    await assert.rejects(led, Stopped);
    assert.equal((await run.record())?.lease.holder, null);
  });

  it('deletes a Job of its name that is older than the attempt, and makes its own', async (t) => {
    const run = await start(t);
    run.programs.set('train_model 1', behaviour('work'));
    const { jobs } = run.cluster.state;
    const donor = await start(t);
    await donor.turn();
    const namesake = jobs.create(structuredClone(donor.cluster.state.jobs.get(job)));
    const anHourAgo = new Date(run.cluster.state.now().getTime() - 3_600_000);
    if (namesake.metadata) namesake.metadata.creationTimestamp = anHourAgo;
    const { metadata } = await run.cluster.runningPod(job);
    if (metadata) metadata.creationTimestamp = anHourAgo;
    run.programs.clear();
    assert.deepEqual(outcomesOf(await run.lead()), ['succeeded']);
    assert.notEqual(jobs.get(job).metadata?.uid, namesake.metadata?.uid);
    await run.assertArtifacts(expected);
  });

  it('is the only one: another waits, and gets the name of the holder', async (t) => {
    const run = await start(t);
    run.programs.set('train_model 1', behaviour('work'));
    const stop = new AbortController();
    const led = run.lead(stop.signal).catch(() => {});
    await run.cluster.runningPod(job);
    await assert.rejects(run.turn(), LeaseTaken);
    assert.equal(run.creations, 1);
    stop.abort();
    await led;
  });

  it('that clears a task ends its Job, and waits until its pod is gone', async (t) => {
    const run = await start(t);
    run.programs.set('train_model 1', behaviour('work'));
    await run.turn();
    const pod = await run.cluster.runningPod(job);
    await run.withOrchestration((orchestration) => clearTasks(orchestration, ['train_model'], signal));
    const record = await run.record();
    assert.deepEqual(record && outcomesOf(record), ['cancelled']);
    assert.equal(run.cluster.state.jobs.find(job), undefined);
    assert.equal(pod.status?.phase, 'Failed');
  });

  function hasEnded(run: ClusterRun, condition: string): true | undefined {
    return hasCondition(run.cluster.state.jobs.find(job)?.status?.conditions, condition) || undefined;
  }
});
