import assert from 'node:assert/strict';
import { test } from 'node:test';
import { creditDefaultDag } from '../../../../pipeline/credit-default-dag.ts';
import { jobManifest } from '../../../../pipeline/executors/kubernetes/job-manifest.ts';
import { defineDag } from '../../../../pipeline/orchestrator/dag.ts';
import { type AttemptSpec, type Placement, placements } from '../../../../pipeline/orchestrator/executor.ts';
import { schemaFaults } from '../../../support/kubernetes-schema.ts';
import { run } from '../../../support/run-records.ts';
import { cluster } from '../../../support/test-cluster.ts';

const dag = defineDag(creditDefaultDag, 'credit_default_pipeline');
const [, , training] = dag.tasks;

function specOf(placement: Placement = 'spot', task = training): AttemptSpec {
  assert(task);
  return { run, task, number: 3, placement };
}

function manifestOf(spec = specOf(), environment: Readonly<Record<string, string | undefined>> = {}) {
  const job = jobManifest(spec, dag.dagId, cluster, environment);
  const pod = job.spec?.template.spec;
  const [container] = pod?.containers ?? [];
  assert(pod && container);
  return { job, spec: job.spec, pod, container };
}

test('every Job of the DAG, on either placement, is one that Kubernetes takes', () => {
  for (const placement of placements)
    for (const task of dag.tasks) {
      const job = jobManifest(specOf(placement, task), dag.dagId, cluster, { ATTEMPT: '3' });
      assert.deepEqual(schemaFaults(job), [], `${task.taskId} on ${placement}`);
    }
});

test('the same spec makes the same Job', () => {
  assert.deepEqual(manifestOf().job, manifestOf().job);
});

test('a Job is one pod, run once, and its one rule is for disruptions', () => {
  const { spec, pod } = manifestOf();
  assert.equal(spec?.backoffLimit, 0);
  assert.equal(pod.restartPolicy, 'Never');
  assert.deepEqual(spec?.podFailurePolicy, {
    rules: [{ action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
  });
  assert.equal(spec?.ttlSecondsAfterFinished, 86_400);
});

test('the execution timeout stands on the pod, where waiting for a node does not count', () => {
  const { spec, pod } = manifestOf();
  assert.deepEqual([pod.activeDeadlineSeconds, spec?.activeDeadlineSeconds], [7200, undefined]);
  assert.equal(pod.terminationGracePeriodSeconds, 120);
});

test("the image is the task's own, and its entrypoint is left to it", () => {
  const images = dag.tasks.map((task) => manifestOf(specOf('spot', task)).container.image);
  assert.deepEqual(images, [...cluster.images.values()]);
  const { container } = manifestOf();
  assert.deepEqual([container.command, container.args], [undefined, undefined]);
});

test('an image that is named by its digest hands it to its task', () => {
  const images = new Map([['train_model' as const, 'registry.example/train@sha256:ab12']]);
  const job = jobManifest(specOf(), dag.dagId, { ...cluster, images }, {});
  const digests = job.spec?.template.spec?.containers[0]?.env?.filter(({ name }) => name === 'IMAGE_DIGEST');
  assert.deepEqual(digests, [{ name: 'IMAGE_DIGEST', value: 'sha256:ab12' }]);
  assert.ok(!manifestOf().container.env?.some(({ name }) => name === 'IMAGE_DIGEST'));
});

test("the pod has the DAG's shape", () => {
  const { container, pod } = manifestOf();
  assert.deepEqual(container.resources, {
    requests: { cpu: '500m', memory: '1Gi' },
    limits: { cpu: '1000m', memory: '2Gi' },
  });
  assert.deepEqual(pod.nodeSelector, { workload: 'airflow-workers' });
});

test('the environment is passed literally, and Secret and ConfigMap by reference', () => {
  const { container } = manifestOf(specOf(), { RUN_ID: 'a', LOANS_TABLE: 'x$(RUN_ID)$$', UNSET: undefined, NONE: '' });
  assert.deepEqual(container.env, [
    { name: 'RUN_ID', value: 'a' },
    // the kubelet makes $ of $$, and expands $(…)
    { name: 'LOANS_TABLE', value: 'x$$(RUN_ID)$$$$' },
    { name: 'NONE', value: '' },
  ]);
  assert.deepEqual(container.envFrom, [
    { configMapRef: { name: 'task-config' } },
    { secretRef: { name: 'task-secret' } },
  ]);
});

test('the pod passes the restricted Pod Security Standard, and holds no token', () => {
  const { pod, container } = manifestOf();
  assert.equal(pod.automountServiceAccountToken, false);
  assert.equal(pod.serviceAccountName, 'task');
  assert.equal(pod.securityContext?.runAsNonRoot, true);
  assert.deepEqual(pod.securityContext?.seccompProfile, { type: 'RuntimeDefault' });
  assert.deepEqual(container.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
});

test('only /tmp can be written to, up to a limit', () => {
  const { pod, container } = manifestOf();
  assert.deepEqual(container.volumeMounts, [{ name: 'tmp', mountPath: '/tmp' }]);
  assert.deepEqual(pod.volumes, [{ name: 'tmp', emptyDir: { sizeLimit: '1Gi' } }]);
});

test("a dead node is the orchestrator's to judge: pods keep the cluster's own tolerations", () => {
  for (const placement of placements) assert.equal(manifestOf(specOf(placement)).pod.tolerations, undefined);
});

test('autoscalers leave the pod alone', () => {
  const { annotations } = manifestOf().spec?.template.metadata ?? {};
  assert.equal(annotations?.['karpenter.sh/do-not-disrupt'], 'true');
  assert.equal(annotations?.['cluster-autoscaler.kubernetes.io/safe-to-evict'], 'false');
});

test('Job and pod name logical date, run, placement and what they make', () => {
  const { job, spec } = manifestOf();
  for (const { annotations } of [job.metadata ?? {}, spec?.template.metadata ?? {}]) {
    assert.equal(annotations?.['credit-default-pipeline/logical-date'], '2024-01-01T00:00:00.000Z');
    assert.equal(annotations?.['credit-default-pipeline/run-id'], 'scheduled__2024-01-01T00:00:00+00:00');
    assert.equal(annotations?.['credit-default-pipeline/placement'], 'spot');
    assert.equal(
      annotations?.['credit-default-pipeline/artifacts'],
      'credit_default_pipeline/train_model/20240101T000000_test.csv credit_default_pipeline/train_model/20240101T000000.onnx',
    );
  }
  assert.deepEqual(job.metadata?.labels, spec?.template.metadata?.labels);
});
