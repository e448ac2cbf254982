import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobSchema, nodeSchema, podSchema } from '../../../../pipeline/executors/kubernetes/kubernetes-objects.ts';

const created = '2026-11-21T06:00:00Z';
const metadata = { name: 'a', uid: 'u', creationTimestamp: created };

test('times are read as text and as the client returns them', () => {
  const text = jobSchema.parse({ metadata });
  const date = jobSchema.parse({ metadata: { ...metadata, creationTimestamp: new Date(created) } });
  assert.deepEqual(text, date);
  assert.equal(text.metadata.creationTimestamp.getTime(), Date.parse(created));
});

test('an object that has no status yet is read', () => {
  assert.deepEqual(jobSchema.parse({ metadata }).status.conditions, []);
  const pod = podSchema.parse({ metadata, spec: {} });
  assert.deepEqual([pod.status.phase, pod.status.containerStatuses], ['Pending', []]);
  assert.deepEqual(nodeSchema.parse({ metadata: { name: 'n' } }).status.conditions, []);
});

test('an object of another form is refused', () => {
  assert(!jobSchema.safeParse({ metadata: { ...metadata, creationTimestamp: 'yesterday' } }).success);
  assert(!podSchema.safeParse({ metadata }).success);
  assert(!nodeSchema.safeParse({}).success);
});
