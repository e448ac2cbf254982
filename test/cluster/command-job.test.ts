import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { V1Container } from '@kubernetes/client-node';
import { runCommandJob } from '../../pipeline/executors/kubernetes/command-job.ts';
import { KubernetesApi } from '../../pipeline/executors/kubernetes/kubernetes-api.ts';
import { TestCluster } from './cluster.ts';

const never = new AbortController().signal;
const template = { metadata: { labels: { component: 'orchestrator' } }, spec: { restartPolicy: 'Never' } };
const cronJob = {
  metadata: { name: 'pipeline', labels: { 'app.kubernetes.io/name': 'pipeline' } },
  spec: {
    schedule: '0 3 * * *',
    jobTemplate: {
      spec: {
        backoffLimit: 6,
        template: {
          ...template,
          spec: {
            ...template.spec,
            containers: [{ name: 'orchestrator', image: 'test/orchestrator', args: ['schedule'] }],
          },
        },
      },
    },
  },
};

/** A cluster whose containers end with 0, but for `stop`. */
async function startCluster(t: TestContext): Promise<{ readonly cluster: TestCluster; readonly api: KubernetesApi }> {
  const directory = await mkdtemp(join(tmpdir(), 'command-job-'));
  for (const code of [0, 1]) await writeFile(join(directory, `${code}.mjs`), `process.exit(${code});\n`);
  const programOf = (_: unknown, { args = [] }: V1Container) => ({
    path: join(directory, `${args.includes('stop') ? 1 : 0}.mjs`),
    environment: {},
  });
  const cluster = await TestCluster.start({ programOf, maps: {} });
  cluster.addNode('node', {});
  t.after(async () => {
    cluster.stop();
    await rm(directory, { recursive: true, maxRetries: 10 });
  });
  return { cluster, api: new KubernetesApi(cluster.kubeConfig, 'test') };
}

describe('a command as a Job of the CronJob', () => {
  it('is what the CronJob makes but for its words, belongs to it, and is told apart by its name', async (t) => {
    const { cluster, api } = await startCluster(t);
    cluster.state.cronJobs.create(cronJob);
    const words = ['run', '--manual', '--executor', 'kubernetes'];
    assert.deepEqual(
      await Promise.all([runCommandJob(api, 'pipeline', words, never), runCommandJob(api, 'pipeline', words, never)]),
      [0, 0],
    );
    const jobs = cluster.state.jobs.all;
    assert.equal(new Set(jobs.map(({ metadata }) => metadata?.name)).size, 2);
    for (const { metadata, spec } of jobs) {
      assert.match(metadata?.name ?? '', /^pipeline-run-[0-9a-f]{8}$/);
      assert.equal(metadata?.ownerReferences?.[0]?.name, 'pipeline');
      assert.deepEqual(spec?.template.spec?.containers[0]?.args, words);
      assert.equal(spec?.template.spec?.containers[0]?.image, 'test/orchestrator');
      assert.equal(spec?.backoffLimit, 0);
    }
  });

  it('that fails is not repeated, and ends with 1', async (t) => {
    const { cluster, api } = await startCluster(t);
    cluster.state.cronJobs.create(cronJob);
    assert.equal(await runCommandJob(api, 'pipeline', ['stop', '20240101T000000'], never), 1);
    assert.equal(cluster.state.pods.all.length, 1);
  });

  it('goes on when its reader waits no longer', async (t) => {
    const { cluster, api } = await startCluster(t);
    cluster.state.cronJobs.create(cronJob);
    const waiting = new AbortController();
    const run = runCommandJob(api, 'pipeline', ['run'], waiting.signal);
    while (cluster.state.jobs.all.length === 0) await new Promise((resolve) => setImmediate(resolve));
    waiting.abort();
    await assert.rejects(run, { name: 'AbortError' });
    assert.equal(cluster.state.jobs.all.length, 1);
  });

  it('needs the CronJob to be there', async (t) => {
    const { api } = await startCluster(t);
    await assert.rejects(runCommandJob(api, 'pipeline', ['run'], never), /get CronJob pipeline in test/);
  });
});
