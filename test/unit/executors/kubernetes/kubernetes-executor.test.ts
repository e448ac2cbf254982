import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterUnavailable } from '../../../../pipeline/executors/kubernetes/cluster-errors.ts';
import {
  KubernetesExecutor,
  type KubernetesParts,
} from '../../../../pipeline/executors/kubernetes/kubernetes-executor.ts';
import { createLog } from '../../../../tasks/runtime/log.ts';
import { run } from '../../../support/run-records.ts';
import { cluster } from '../../../support/test-cluster.ts';
import { factsOf } from './attempt-facts.ts';

interface Watching {
  readonly pollSeconds?: number;
  readonly watchPods?: KubernetesParts['api']['watchPods'];
}

/** An attempt as a fixture shows it, looked at by a clock that stands until it is moved. */
function executorOf(scene: string, { pollSeconds = 0, watchPods = async () => {} }: Watching = {}) {
  const { job, pods, nodes, attempt } = factsOf(scene);
  let isAway = false;
  let now = 0;
  let podLists = 0;
  async function answer<T>(value: T): Promise<T> {
    if (isAway) throw new ClusterUnavailable('the API server cannot be asked');
    return value;
  }
  const executor = new KubernetesExecutor({
    api: {
      createJob: async () => true,
      deleteJob: async () => {},
      listJobs: () => answer(job ? [job] : []),
      listPods: () => {
        podLists += 1;
        return answer([...pods]);
      },
      watchPods,
      getNode: (name) => answer(nodes?.find(({ metadata }) => metadata.name === name)),
    },
    dagId: 'credit_default_pipeline',
    run,
    cluster,
    environmentOf: () => ({}),
    clock: () => factsOf(scene, now).now,
    log: createLog('json', {}),
    pollSeconds,
  });
  return {
    executor,
    podLists: () => podLists,
    /** What is seen so many seconds after the story happened. */
    async phaseAt(seconds: number): Promise<string> {
      now = seconds;
      await executor.waitForChange(0, AbortSignal.timeout(1000));
      return executor.observe(attempt).then(
        ({ phase }) => phase,
        () => 'nothing',
      );
    },
    setAway(value: boolean): void {
      isAway = value;
    },
  };
}

test('a node that turns silent has lost its attempt', async () => {
  const { phaseAt } = executorOf('node-silent');
  assert.equal(await phaseAt(1), 'running');
  assert.equal(await phaseAt(2), 'ended');
});

test('a node that is called silent when the API server is back from an outage is given time to report', async () => {
  const { phaseAt, setAway } = executorOf('node-silent');
  setAway(true);
  assert.equal(await phaseAt(-60), 'nothing');
  assert.equal(await phaseAt(-1), 'nothing');
  setAway(false);
  assert.equal(await phaseAt(0), 'running');
  assert.equal(await phaseAt(10), 'running');
  assert.equal(await phaseAt(29), 'running');
  assert.equal(await phaseAt(30), 'ended');
});

test('an absence too short for a kubelet to be missed changes nothing', async () => {
  const { phaseAt, setAway } = executorOf('node-silent');
  setAway(true);
  assert.equal(await phaseAt(-10), 'nothing');
  setAway(false);
  assert.equal(await phaseAt(0), 'running');
  assert.equal(await phaseAt(2), 'ended');
});

test('a change of a pod ends the pause long before its time, and the pods are read anew', {
  timeout: 20_000,
}, async () => {
  const { executor, podLists } = executorOf('running', {
    pollSeconds: 3600,
    watchPods: async (_, onChange) => onChange(),
  });
  const { attempt } = factsOf('running');
  await executor.observe(attempt);
  const before = podLists();
  await executor.waitForChange(3600, new AbortController().signal);
  assert.equal(await executor.observe(attempt).then(({ phase }) => phase), 'running');
  assert.equal(podLists(), before + 1);
});

test('release ends the watch of the pods', async () => {
  const watched = Promise.withResolvers<AbortSignal>();
  const { executor } = executorOf('running', {
    watchPods: async (_selector, _onChange, signal) => watched.resolve(signal),
  });
  await executor.observe(factsOf('running').attempt);
  await executor.waitForChange(0, new AbortController().signal);
  await executor.close();
  assert.equal((await watched.promise).aborted, true);
});
