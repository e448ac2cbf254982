import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { V1Job } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import type { TaskRecord } from '../../pipeline/orchestrator/run-record.ts';
import { artifactNames } from '../../tasks/artifacts/catalogue.ts';
import { heldTasks, holdingForGood } from '../support/hold.ts';
import { artifactHashes, logicalDate, runCommand } from '../support/pipeline-command.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { seedTestLoans } from '../support/seed-test-loans.ts';
import { ClusterRun, clusterSettings, taskWith } from './cluster-run.ts';

/** Without what the API server and its controllers add. */
function asManifest({ apiVersion, kind, metadata, spec }: V1Job): unknown {
  const { name, namespace, labels, annotations } = metadata ?? {};
  return { apiVersion, kind, metadata: { name, namespace, labels, annotations }, spec };
}

describe('a run of the four tasks in a cluster', () => {
  let postgres: TestPostgres;
  let directory: string;
  let expected: Record<string, string>;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'local-'));
    postgres = await startPostgres();
    await seedTestLoans(postgres.url, 400);
    const environment = { ARTIFACT_STORE: pathToFileURL(directory).href, DATABASE_URL: postgres.url };
    const { code, said } = await runCommand(['run', '--logical-date', logicalDate], environment);
    assert.equal(code, 0, said);
    expected = await artifactHashes(directory);
    assert.equal(Object.keys(expected).length, artifactNames.length);
  });
  after(async () => {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true, maxRetries: 10 });
  });

  /** What the command line needs to know of the cluster and the store. */
  async function environmentOf(run: ClusterRun): Promise<Record<string, string>> {
    const KUBECONFIG = join(directory, 'kubeconfig');
    await writeFile(KUBECONFIG, run.cluster.kubeConfig.exportConfig());
    return { ...clusterSettings, KUBECONFIG, ARTIFACT_STORE: pathToFileURL(run.directory).href };
  }

  it('with a preemption in each ends with the artifacts of a local run', async (t) => {
    const run = await ClusterRun.start(t, { secret: { DATABASE_URL: postgres.url } });
    for (const [taskId, entrypoint, key] of heldTasks)
      run.programs.set(`${taskId} 1`, taskWith(entrypoint, holdingForGood(key)));
    const led = run.lead();
    for (const [taskId] of heldTasks) {
      await run.cluster.evict(await run.cluster.runningPod(`${taskId.replaceAll('_', '-')}-20240101-1`));
    }
    const record = await led;
    const tasks: Readonly<Record<string, Pick<TaskRecord, 'attempts'>>> = record.tasks;
    assert.equal(record.state, 'success');
    for (const [taskId] of heldTasks) {
      const attempts = tasks[taskId]?.attempts ?? [];
      const outcomes = attempts.map((attempt) => (attempt.phase === 'ended' ? attempt.outcome : attempt.phase));
      for (const { node } of attempts)
        assert.deepEqual([node?.type, typeof node?.name], ['m5.large', 'string'], taskId);
      assert.deepEqual(outcomes, ['preempted', 'succeeded'], taskId);
    }
    await run.assertArtifacts(expected);
  });

  it('is taken to its end by the command line, through a kubeconfig, with the Jobs that manifests prints', async (t) => {
    const run = await ClusterRun.start(t, { secret: { DATABASE_URL: postgres.url } });
    const environment = await environmentOf(run);
    const args = ['run', '--executor', 'kubernetes', '--logical-date', logicalDate];
    const { code, said } = await runCommand(args, environment);
    assert.equal(code, 0, said);
    assert.equal(run.creations, 4);
    await run.assertArtifacts(expected);

    const shown = await runCommand(['manifests', '--logical-date', logicalDate], environment);
    const manifests = parseAllDocuments(shown.printed).map((document) => document.toJS());
    assert.deepEqual(run.cluster.state.jobs.all.map(asManifest), manifests);
  });

  it('is one of several at once in a backfill, each attempt a Job of its own', async (t) => {
    const run = await ClusterRun.start(t, { secret: { DATABASE_URL: postgres.url } });
    const args = ['--from', logicalDate, '--to', '2024-01-21', '--max-active', '3', '--executor', 'kubernetes'];
    const { code, said } = await runCommand(['backfill', ...args], await environmentOf(run));
    assert.equal(code, 0, said);
    assert.match(said, /0 of 3 done, [23] running|1 of 3 done, 2 running/);
    assert.equal(run.creations, 12);
    const ofFirst = Object.entries(await artifactHashes(run.directory)).filter(([key]) => key.includes('20240101T'));
    assert.deepEqual(Object.fromEntries(ofFirst), expected);
  });

  it('is preceded by a doctor that knows which rights are missing', async (t) => {
    const run = await ClusterRun.start(t, {});
    const environment = { ...(await environmentOf(run)), DATABASE_URL: postgres.url };
    run.cluster.api.refusals.set('list leases', 'no');
    const well = await runCommand(['doctor'], environment);
    assert.equal(well.code, 0, well.said);
    assert.match(well.said, /✔ Kubernetes .*list on leases is not granted: a dead node is noticed only by/);
    run.cluster.api.refusals.set('delete jobs', 'no');
    const ill = await runCommand(['doctor'], environment);
    assert.equal(ill.code, 1);
    assert.match(ill.said, /✘ Kubernetes .*we may not delete jobs in namespace test: grant delete on jobs\.batch/);
  });
});
