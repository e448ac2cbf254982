import assert from 'node:assert/strict';
import { test } from 'node:test';
import { schemaFaults } from '../../support/kubernetes-schema.ts';

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a', labels: { any: 'thing' }, creationTimestamp: new Date(0) },
  spec: {
    containers: [{ name: 'c', resources: { limits: { cpu: 1, memory: '2Gi' } } }],
    tolerations: [{ operator: 'Exists', tolerationSeconds: 30 }],
  },
};

function withContainer(field: Readonly<Record<string, unknown>>) {
  return { ...pod, spec: { containers: [{ name: 'c', ...field }] } };
}

test('a good object has no fault', () => {
  assert.deepEqual(schemaFaults(pod), []);
  const port = { apiVersion: 'v1', kind: 'Service', spec: { ports: [{ port: 80, targetPort: 'http' }] } };
  assert.deepEqual(schemaFaults(port), []);
});

test('an unknown field is a fault, however deep', () => {
  assert.deepEqual(schemaFaults({ ...pod, replicas: 1 }), ['Pod.replicas is no field']);
  assert.deepEqual(schemaFaults(withContainer({ enviroment: [] })), ['Pod.spec.containers[0].enviroment is no field']);
});

test('a wrong type is a fault', () => {
  assert.deepEqual(schemaFaults(withContainer({ tty: 'yes' })), [
    'Pod.spec.containers[0].tty must be of type boolean, found "yes"',
  ]);
  assert.deepEqual(schemaFaults(withContainer({ env: {} })), [
    'Pod.spec.containers[0].env must be of type array, found {}',
  ]);
  assert.deepEqual(schemaFaults(withContainer({ resources: { limits: { cpu: true } } })), [
    'Pod.spec.containers[0].resources.limits.cpu must be of type string or number',
  ]);
});

test('a value that is none of the known ones is a fault', () => {
  assert.match(schemaFaults(withContainer({ imagePullPolicy: 'Sometimes' })).join(), /must be one of Always, /);
});

test('a missing required field is a fault', () => {
  assert.deepEqual(schemaFaults({ ...pod, spec: { containers: [{}] } }), ['Pod.spec.containers[0].name is missing']);
  assert.deepEqual(schemaFaults({ apiVersion: 'batch/v1', kind: 'CronJob' }), ['CronJob.spec is missing']);
});

test('an object of a kind that is not known is a fault', () => {
  assert.deepEqual(schemaFaults({ apiVersion: 'v1', kind: 'Job' }), ['no schema is known for v1 Job']);
  assert.deepEqual(schemaFaults({ kind: 'Job' }), ['it has no apiVersion and kind']);
  assert.deepEqual(schemaFaults(undefined), ['it has no apiVersion and kind']);
});
