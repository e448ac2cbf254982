import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { creditDefaultDag } from '../../../pipeline/credit-default-dag.ts';
import { jobManifest } from '../../../pipeline/executors/kubernetes/job-manifest.ts';
import { defineDag } from '../../../pipeline/orchestrator/dag.ts';
import { podEnvironment } from '../../../pipeline/settings/attempt-environment.ts';
import { pipelineSettings, readPipelineSettings } from '../../../pipeline/settings/pipeline-settings.ts';
import { schemaFaults } from '../../support/kubernetes-schema.ts';
import { logicalDate, quickSettings, runCommand } from '../../support/pipeline-command.ts';
import { run } from '../../support/run-records.ts';
import { cluster, clusterEnvironment } from '../../support/test-cluster.ts';

/** With a DAG id that YAML 1.1, which kubectl reads, would take for a number. */
const environment = { ...clusterEnvironment, ARTIFACT_STORE: 's3://bucket/prefix', DAG_ID: '1_000' };

test('manifests prints the Jobs of the executor, as YAML', async () => {
  const { code, said } = await runCommand(['manifests', '--logical-date', logicalDate], environment);
  assert.equal(code, 0, said);
  const printed = parseAllDocuments(said, { version: '1.1' }).map((document) => document.toJS());
  const all = { ...process.env, ...quickSettings, ...environment };
  const settings = readPipelineSettings(all);
  const stated = { environment: all, shape: pipelineSettings.shape, values: settings, storeUrl: 's3://bucket/prefix' };
  const expected = defineDag(creditDefaultDag, settings.DAG_ID, { retryDelaySeconds: 0 }).tasks.map((task) => {
    const spec = { run, task, number: 1, placement: 'spot' } as const;
    return jobManifest(spec, settings.DAG_ID, cluster, podEnvironment(stated, spec));
  });
  assert.deepEqual(printed, JSON.parse(JSON.stringify(expected)));
  assert.deepEqual(printed.flatMap(schemaFaults), []);
});

test('manifests without the settings of a cluster lists what is missing', async () => {
  const { code, said } = await runCommand(['manifests', '--logical-date', logicalDate]);
  assert.equal(code, 64);
  for (const name of Object.keys(clusterEnvironment)) assert.match(said, new RegExp(`^${name} `, 'm'));
});
