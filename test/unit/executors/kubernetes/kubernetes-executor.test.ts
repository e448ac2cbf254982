import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterRefused } from '../../../../pipeline/executors/kubernetes/cluster-errors.ts';
import {
  KubernetesExecutor,
  type KubernetesParts,
} from '../../../../pipeline/executors/kubernetes/kubernetes-executor.ts';
import type { Observation } from '../../../../pipeline/orchestrator/executor.ts';
import { keepLog } from '../../../support/orchestration.ts';
import { dag, run } from '../../../support/run-records.ts';
import { cluster } from '../../../support/test-cluster.ts';
import { secondsAfter, stateOf, storyOf } from './attempt-state.ts';

const { attempt } = stateOf('running');
const never = new AbortController().signal;

/** An attempt as a fixture shows it. */
function executorOf(story: string, parts: Partial<KubernetesParts> = {}, api: Partial<KubernetesParts['api']> = {}) {
  const { job, pods, nodes } = storyOf(story);
  return new KubernetesExecutor({
    api: {
      createJob: async () => true,
      deleteJob: async () => {},
      listJobs: async () => [job],
      listPods: async () => pods,
      watchPods: async () => {},
      listNodeLeases: async () => [],
      getNode: async (name) => nodes.find(({ metadata }) => metadata.name === name),
      jobRefusal: async () => undefined,
      ...api,
    },
    dagId: 'credit_default_pipeline',
    run,
    cluster,
    environmentOf: () => ({}),
    clock: () => secondsAfter(5),
    log: keepLog().log,
    pollSeconds: 0,
    ...parts,
  });
}

test('a change of a pod ends the pause long before its time, and the pods are listed again', {
  timeout: 20_000,
}, async () => {
  let lists = 0;
  const { pods } = storyOf('running');
  const executor = executorOf(
    'running',
    { pollSeconds: 3600 },
    {
      watchPods: async (_, onChange) => onChange(),
      listPods: async () => {
        lists += 1;
        return pods;
      },
    },
  );
  await executor.observe(attempt);
  const before = lists;
  await executor.waitForChange(3600, never);
  assert.equal((await executor.observe(attempt)).phase, 'running');
  assert(lists > before);
});

test('close ends the watch of the pods', async () => {
  const watched = Promise.withResolvers<AbortSignal>();
  const executor = executorOf('running', {}, { watchPods: async (_, __, signal) => watched.resolve(signal) });
  await executor.observe(attempt);
  await executor.waitForChange(0, never);
  await executor.close();
  assert.equal((await watched.promise).aborted, true);
});

test('a Job that is refused is waited for with the reason, and lost after UNSCHEDULABLE_SECONDS', async () => {
  const [task] = dag.tasks;
  assert(task);
  const refused = async () => Promise.reject(new ClusterRefused('exceeded quota'));
  const observeAt = async (seconds: number): Promise<Observation> => {
    const executor = executorOf('running', { clock: () => secondsAfter(seconds) }, { createJob: refused });
    await executor.start({ run, task, number: 1, placement: 'spot' });
    return executor.observe({ ...attempt, taskId: task.taskId, queuedAt: secondsAfter(0).toISOString() });
  };
  assert.deepEqual(await observeAt(599), { phase: 'queued', pendingReason: 'exceeded quota' });
  const { limits } = cluster;
  const reason = `exceeded quota (given up after ${limits.unschedulableSeconds} s)`;
  assert.deepEqual(await observeAt(600), { phase: 'ended', outcome: 'lost', reason });
});

test('observing deletes nothing', async () => {
  const deleted: string[] = [];
  const deleteJob = async (name: string) => void deleted.push(name);
  for (const story of ['node-deleted', 'node-silent', 'unschedulable', 'pod-deleted-by-force'])
    await executorOf(story, { clock: () => secondsAfter(3600) }, { deleteJob }).observe(attempt);
  assert.deepEqual(deleted, []);
});
