import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { buildDeployment, type Deployment } from '../../e2e/deployment.ts';
import { jobOf, placementOn } from '../../e2e/job-of.ts';
import { schemaFaults } from '../../support/kubernetes-schema.ts';
import { hasKubectl, type Manifest, parseManifests } from '../../support/kustomize.ts';
import { podTemplateOf } from '../../support/pod-templates.ts';

const namespace = 'e2e-1';
const skip = hasKubectl() ? false : 'no kubectl here, whose kustomize builds the deployment';
const bare = { namespace, image: undefined, databaseUrl: undefined, store: undefined, safeHost: undefined };
const outside = {
  ...bare,
  image: 'registry.test/{task}:9',
  databaseUrl: 'postgresql://me:secret@10.0.0.1:6000/credit_db',
  store: { endpoint: 'http://10.0.0.2:9000', credentials: { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key' } },
};
const dataSchema = z.looseObject({ data: z.record(z.string(), z.string()) });

async function build(deployment: Deployment): Promise<Manifest[]> {
  return parseManifests(await buildDeployment(deployment));
}

function find(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  return found ?? assert.fail(`no ${kind} ${name}`);
}

function dataOf(manifests: readonly Manifest[], kind: string, name: string) {
  return dataSchema.parse(find(manifests, kind, name)).data;
}

describe('the deployment of the scenarios', { skip }, () => {
  test('is the kind overlay in a namespace of its own, asleep, on a bucket of its own', async () => {
    const manifests = await build(bare);
    for (const { kind, metadata } of manifests) {
      const name = { Namespace: namespace, ClusterRole: `${namespace}-node-reader` }[kind];
      if (name) assert.equal(metadata.name, name);
      else if (kind !== 'ClusterRoleBinding') assert.equal(metadata.namespace, namespace);
    }
    assert.partialDeepStrictEqual(find(manifests, 'ClusterRoleBinding', `${namespace}-node-reader`), {
      roleRef: { name: `${namespace}-node-reader` },
      subjects: [{ name: 'orchestrator', namespace }],
    });
    assert.partialDeepStrictEqual(find(manifests, 'CronJob', 'credit-default-pipeline'), { spec: { suspend: true } });
    assert.equal(dataOf(manifests, 'ConfigMap', 'tasks').S3_BUCKET, namespace);
  });

  test('keeps its servers where no node is lost', async () => {
    const manifests = await build({ ...bare, safeHost: 'one' });
    for (const name of ['postgres', 's3']) {
      const template = podTemplateOf(find(manifests, 'Deployment', name));
      assert.deepEqual(template?.spec.nodeSelector, { 'kubernetes.io/hostname': 'one' });
    }
  });

  test('takes images, database and store from outside, and opens their ports', async () => {
    const manifests = await build(outside);
    assert.deepEqual(
      manifests.filter(({ kind }) => ['Deployment', 'Service'].includes(kind)),
      [],
    );
    const images = manifests.flatMap(
      (manifest) => podTemplateOf(manifest)?.spec.containers.map(({ image }) => image) ?? [],
    );
    assert.deepEqual(images, ['registry.test/orchestrator:9', 'registry.test/orchestrator:9']);
    assert.equal(dataOf(manifests, 'ConfigMap', 'images').IMAGE_TRAIN_MODEL, 'registry.test/train-model:9');
    assert.equal(dataOf(manifests, 'ConfigMap', 'tasks').AWS_ENDPOINT_URL_S3, outside.store.endpoint);

    const { DATABASE_URL = '', AWS_SECRET_ACCESS_KEY = '' } = dataOf(manifests, 'Secret', 'credentials');
    assert.deepEqual([atob(DATABASE_URL), atob(AWS_SECRET_ACCESS_KEY)], [outside.databaseUrl, 'key']);
    const policy = JSON.stringify(find(manifests, 'NetworkPolicy', 'egress'));
    assert.match(policy, /"port":6000/);
    assert.match(policy, /"port":9000/);
  });

  test('starts orchestrators and seeds as Jobs that the API server takes', async () => {
    const manifests = await build(bare);
    const variation = { name: 'run-1', args: ['run'], env: { DAG_ID: 'one' }, host: 'two', backoffLimit: 0 };
    const job = jobOf(find(manifests, 'CronJob', 'credit-default-pipeline'), variation);
    assert.deepEqual(schemaFaults(job), []);
    assert.partialDeepStrictEqual(job, { metadata: { name: 'run-1', namespace }, spec: { backoffLimit: 0 } });
    const [container] = podTemplateOf(job)?.spec.containers ?? [];
    assert.deepEqual(container?.args, ['run']);
    assert.deepEqual(container?.env.at(-1), { name: 'DAG_ID', value: 'one' });
    assert.equal(container?.env[0]?.name, 'NAMESPACE');
    assert.deepEqual(schemaFaults(jobOf(find(manifests, 'Job', 'seed-loans'), { name: 'seed-2' })), []);
  });

  test('places attempts by preference, so that they can run elsewhere when the node is lost', () => {
    const spec = { containers: [{ name: 'task' }], ...z.looseObject({}).parse(JSON.parse(placementOn('two'))) };
    assert.deepEqual(schemaFaults({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'task' }, spec }), []);
    assert.match(placementOn('two'), /"preferredDuringSchedulingIgnoredDuringExecution".*"values":\["two"\]/);
  });
});
