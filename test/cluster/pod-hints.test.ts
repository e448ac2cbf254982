import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { KubernetesApi } from '../../pipeline/executors/kubernetes/kubernetes-api.ts';
import { PodHints } from '../../pipeline/executors/kubernetes/pod-hints.ts';
import { TestCluster } from './cluster.ts';

const never = new AbortController().signal;
const long = 20;

async function start(t: TestContext) {
  const cluster = await TestCluster.start({ maps: {}, programOf: () => undefined });
  t.after(() => cluster.stop());
  const hints = new PodHints(new KubernetesApi(cluster.kubeConfig, 'test'), 'run=this');
  t.after(() => hints.stop());
  const { pods } = cluster.state;
  const podOf = (run: string) => pods.create({ metadata: { name: `pod-of-${run}-run`, labels: { run } } });
  const watched = () => cluster.until('the pods are watched', () => pods.watchers.size > 0 || undefined);
  return { cluster, hints, podOf, watched, pods };
}

test('a change of a pod of the run ends the wait', async (t) => {
  const { hints, podOf, watched, pods } = await start(t);
  const waiting = hints.wait(long, never);
  await watched();
  const pod = podOf('this');
  assert.equal(await waiting, true);
  const again = hints.wait(long, never);
  pods.update(pod, ({ metadata = {} }) => {
    metadata.deletionTimestamp = new Date();
  });
  assert.equal(await again, true);
});

test('a change between two waits ends the next one', { timeout: 20_000 }, async (t) => {
  const { hints, podOf, watched } = await start(t);
  await hints.wait(0, never);
  await watched();
  podOf('this');
  while (!(await hints.wait(0.01, never)));
});

test('a pod of another run ends no wait', async (t) => {
  const { hints, podOf, watched } = await start(t);
  const waiting = hints.wait(0.3, never);
  await watched();
  podOf('other');
  assert.equal(await waiting, false);
});

test('the wait ends when it is aborted', async (t) => {
  const { hints } = await start(t);
  assert.equal(await hints.wait(long, AbortSignal.timeout(10)), false);
});

test('the end of a watch is no change, and no new one is started soon', async (t) => {
  const { cluster, hints } = await start(t);
  cluster.api.refusals.set('watch pods', 'no');
  for (let i = 0; i < 3; i++) assert.equal(await hints.wait(0.05, never), false);
  assert.deepEqual(cluster.api.calls, ['GET /api/v1/namespaces/test/pods']);
});

test('a watch that is no longer needed is ended', async (t) => {
  const { cluster, hints, watched, pods } = await start(t);
  await hints.wait(0, never);
  await watched();
  hints.stop();
  await cluster.until('the watch has ended', () => pods.watchers.size === 0 || undefined);
});
