import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { V1Pod } from '@kubernetes/client-node';
import { isCharged } from '../../pipeline/orchestrator/retry-policy.ts';
import { type RunRecord, taskRecord } from '../../pipeline/orchestrator/run-record.ts';
import { tasksOf } from '../support/run-records.ts';
import { behaviour, ClusterRun } from './cluster-run.ts';
import type { Program } from './kubelet.ts';
import { publishRun } from './published-run.ts';

const works = behaviour('work');

/** The defaults. */
const executionTimeoutSeconds = 7200;
const unschedulableSeconds = 600;

describe('an attempt in a cluster', () => {
  let store: string;
  let expected: Record<string, string>;

  before(async () => {
    store = await mkdtemp(join(tmpdir(), 'published-'));
    expected = await publishRun(store);
  });
  after(() => rm(store, { recursive: true, maxRetries: 10 }));

  interface Row {
    /** What the first attempt runs instead of its task. */
    readonly program?: Program;
    readonly settings?: Readonly<Record<string, string>>;
    /** What happens to it once it runs. */
    readonly act?: (run: ClusterRun, pod: V1Pod, node: string) => Promise<void> | void;
  }

  /** The attempts of a training of which the first meets this; its artifacts are right in the end. */
  async function replay(t: TestContext, { program, settings = {}, act }: Row): Promise<string[]> {
    const run = await ClusterRun.start(t, { from: store, undone: ['train_model'], settings });
    if (program) run.programs.set('train_model 1', program);
    const led = run.lead();
    if (act) {
      const pod = await run.cluster.runningPod(job(1));
      await act(run, pod, pod.spec?.nodeName ?? '');
    }
    const record = await led;
    assert.equal(record.state, 'success', JSON.stringify(tasksOf(record).train_model, null, 2));
    await run.assertArtifacts(expected);
    return attemptsOf(record);
  }

  it('that exits 0 has succeeded', async (t) => {
    assert.deepEqual(await replay(t, {}), ['succeeded']);
  });

  it('that exits otherwise has failed, charged', async (t) => {
    assert.deepEqual(await replay(t, { program: behaviour('exit', '70') }), ['failed (70) charged', 'succeeded']);
  });

  it('whose deadline passes is timed out, charged', async (t) => {
    const act = ({ cluster }: ClusterRun) => cluster.state.pass(executionTimeoutSeconds);
    assert.deepEqual(await replay(t, { program: works, act }), ['timed-out charged', 'succeeded']);
  });

  it('that outgrows its memory has failed, charged', async (t) => {
    const act = (run: ClusterRun, pod: V1Pod, node: string) => run.cluster.kubeletOf(node).killForMemory(pod);
    assert.deepEqual(await replay(t, { program: works, act }), ['failed (137) charged', 'succeeded']);
  });

  it('that is evicted is preempted', async (t) => {
    const act = (run: ClusterRun, pod: V1Pod) => run.cluster.evict(pod);
    assert.deepEqual(await replay(t, { program: works, act }), ['preempted', 'succeeded']);
  });

  it('whose node is shut down in good order is preempted', async (t) => {
    const act = (run: ClusterRun, _: V1Pod, node: string) => run.cluster.shutDownNode(node);
    assert.deepEqual(await replay(t, { program: works, act }), ['preempted', 'succeeded']);
  });

  it('that exits 0 when it is evicted has done nothing, though its Job is complete', async (t) => {
    const ready = join(store, 'ready');
    const act = async (run: ClusterRun, pod: V1Pod) => {
      await run.cluster.until('it listens', () => existsSync(ready) || undefined);
      await run.cluster.evict(pod);
    };
    const row = { program: behaviour('exitZeroOnSigterm', ready), act };
    assert.deepEqual(await replay(t, row), ['failed (0) charged', 'succeeded']);
  });

  it('whose node loses power and is deleted is lost, long before the pod garbage collector acts', async (t) => {
    const act = ({ cluster }: ClusterRun, _: V1Pod, node: string) => {
      cluster.cutPower(node);
      cluster.deleteNode(node);
    };
    assert.deepEqual(await replay(t, { program: works, act }), ['lost', 'succeeded']);
  });

  it('whose node loses power and stays is lost, long before it would be evicted', async (t) => {
    const act = ({ cluster }: ClusterRun, _: V1Pod, node: string) => cluster.cutPower(node);
    assert.deepEqual(await replay(t, { program: works, act }), ['lost', 'succeeded']);
  });

  it('whose node loses power is lost also where neither Leases nor nodes may be read', async (t) => {
    const act = ({ cluster }: ClusterRun, _: V1Pod, node: string) => {
      cluster.api.refusals.set('list leases', 'leases is forbidden: User "orchestrator" cannot list resource "leases"');
      cluster.api.refusals.set('get nodes', 'nodes is forbidden: User "orchestrator" cannot get resource "nodes"');
      cluster.cutPower(node);
    };
    assert.deepEqual(await replay(t, { program: works, act }), ['lost', 'succeeded']);
  });

  it('on a dead node that counts as well is timed out by the orchestrator', async (t) => {
    const act = async (run: ClusterRun, _: V1Pod, node: string) => {
      await run.until('it is seen running', ({ train_model }) => train_model.state === 'running');
      run.cluster.cutPower(node);
      run.cluster.state.pass(executionTimeoutSeconds);
    };
    const settings = { NODE_SILENT_SECONDS: '3600' };
    assert.deepEqual(await replay(t, { program: works, settings, act }), ['timed-out charged', 'succeeded']);
  });

  for (const [machine, isSame] of [
    ['machine is back at once', true],
    ['name is given to an empty machine', false],
  ] as const) {
    it(`whose node loses power and whose ${machine} is lost`, async (t) => {
      const act = ({ cluster }: ClusterRun, _: V1Pod, node: string) => {
        cluster.cutPower(node);
        cluster.restorePower(node, isSame);
      };
      const [first, ...others] = await replay(t, { program: works, act });
      assert.match(first ?? '', /^lost/);
      assert.deepEqual(others, ['succeeded']);
    });
  }

  it('whose Job is deleted by hand is lost', async (t) => {
    const act = async (run: ClusterRun) => {
      await run.until('it is seen running', ({ train_model }) => train_model.state === 'running');
      const { jobs } = run.cluster.state;
      jobs.remove(jobs.get(job(1)));
    };
    assert.deepEqual(await replay(t, { program: works, act }), ['lost', 'succeeded']);
  });

  it('whose pod is deleted by hand is lost', async (t) => {
    const act = ({ cluster }: ClusterRun, pod: V1Pod) => cluster.state.pods.delete(pod, 120);
    const [first, ...others] = await replay(t, { program: works, act });
    assert.match(first ?? '', /^lost/);
    assert.deepEqual(others, ['succeeded']);
  });

  it('that no node fits waits with the reason of the scheduler, and goes on demand when that takes too long', async (t) => {
    const run = await ClusterRun.start(t, { from: store, undone: ['train_model'] });
    const { jobs, nodes } = run.cluster.state;
    for (const name of ['spot-1', 'spot-2']) nodes.get(name).spec = { unschedulable: true };
    const led = run.lead();
    await run.until('its reason is recorded', ({ train_model: { state, attempts } }) => {
      return state === 'queued' && /0\/3 nodes/.test(attempts[0]?.pendingReason ?? '');
    });
    run.cluster.state.pass(unschedulableSeconds);
    const replacement = await run.cluster.runningPod(job(2));
    assert.equal(replacement.spec?.nodeName, 'on-demand');
    assert.deepEqual(attemptsOf(await led), ['lost', 'succeeded']);
    assert.equal(jobs.find(job(1)), undefined);
  });

  it('whose image cannot be pulled has failed, with the reason of the kubelet', async (t) => {
    const settings = { IMAGE_TRAIN_MODEL: 'nowhere/train-model', IMAGE_PULL_SECONDS: '20', RETRIES: '0' };
    const run = await ClusterRun.start(t, { from: store, undone: ['train_model'], settings });
    const record = await run.lead();
    assert.deepEqual(attemptsOf(record), ['failed charged']);
    assert.match(tasksOf(record).train_model.reason ?? '', /ErrImagePull: pull of nowhere\/train-model failed/);
  });

  it('whose Secret is missing has failed, with the reason of the kubelet', async (t) => {
    const settings = { TASK_SECRET: 'not-there', POD_CONFIG_SECONDS: '20', RETRIES: '0' };
    const run = await ClusterRun.start(t, { from: store, undone: ['train_model'], settings });
    const record = await run.lead();
    assert.deepEqual(attemptsOf(record), ['failed charged']);
    assert.match(tasksOf(record).train_model.reason ?? '', /CreateContainerConfigError: "not-there" not found/);
  });

  it('that replaces the last preemption allowed runs on demand', async (t) => {
    const nodes: string[] = [];
    const act = async (run: ClusterRun, pod: V1Pod, node: string) => {
      await run.cluster.evict(pod);
      const replacement = await run.cluster.runningPod(job(2));
      nodes.push(node, replacement.spec?.nodeName ?? '');
    };
    assert.deepEqual(await replay(t, { program: works, settings: { MAX_PREEMPTIONS: '1' }, act }), [
      'preempted',
      'succeeded',
    ]);
    assert.deepEqual(nodes, ['spot-1', 'on-demand']);
  });
});

function job(attempt: number): string {
  return `credit-default-pipeline-train-model-20240101-${attempt}`;
}

/** Each attempt of the training as `outcome (exit code) charged`. */
function attemptsOf(record: RunRecord): string[] {
  return taskRecord(record, 'train_model').attempts.map((attempt) => {
    if (attempt.phase !== 'ended') return attempt.phase;
    const code = attempt.outcome === 'failed' && attempt.exitCode !== undefined ? ` (${attempt.exitCode})` : '';
    return `${attempt.outcome}${code}${isCharged(attempt) ? ' charged' : ''}`;
  });
}
