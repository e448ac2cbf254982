import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterUnavailable } from '../../../pipeline/executors/cluster-errors.ts';
import { KubernetesExecutor } from '../../../pipeline/executors/kubernetes-executor.ts';
import { createLog } from '../../../tasks/runtime/log.ts';
import { run } from '../../support/run-records.ts';
import { cluster } from '../../support/test-cluster.ts';
import { factsOf } from './attempt-facts.ts';

/** An attempt as a fixture shows it, looked at by a clock that stands until it is moved. */
function executorOf(scene: string) {
  const { job, pods, nodes, attempt } = factsOf(scene);
  let isAway = false;
  let now = 0;
  async function answer<T>(value: T): Promise<T> {
    if (isAway) throw new ClusterUnavailable('the API server cannot be asked');
    return value;
  }
  const executor = new KubernetesExecutor({
    api: {
      createJob: async () => true,
      deleteJob: async () => {},
      listJobs: () => answer(job ? [job] : []),
      listPods: () => answer([...pods]),
      watchPods: async () => {},
      getNode: (name) => answer(nodes?.find(({ metadata }) => metadata.name === name)),
    },
    dagId: 'credit_default_pipeline',
    run,
    cluster,
    environmentOf: () => ({}),
    clock: () => factsOf(scene, now).now,
    log: createLog('json', {}),
    pollSeconds: 0,
  });
  return {
    /** What is seen so many seconds after the story happened. */
    async phaseAt(seconds: number): Promise<string> {
      now = seconds;
      await executor.idle(0, AbortSignal.timeout(1000));
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
