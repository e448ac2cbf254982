import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ClusterRefused,
  ClusterRejected,
  ClusterUnavailable,
  clusterError,
} from '../../../../pipeline/executors/kubernetes/cluster-errors.ts';
import { ExecutorUnavailable } from '../../../../pipeline/orchestrator/executor.ts';

const cases = [
  [401, 'Unauthorized', ClusterRefused, /refuses our credentials \(create Job a in test\)/],
  [403, 'User "x" cannot create resource "jobs" in API group "batch"', ClusterRefused, /; grant it in the Role/],
  [403, 'exceeded quota: jobs, requested: 1, used: 5, limited: 5', ClusterRefused, /; raise the quota/],
  [403, 'pods "a" is forbidden: violates PodSecurity "restricted:latest"', ClusterRefused, /; change that policy/],
  [404, 'namespaces "test" not found', ClusterRefused, /; create the namespace, or set NAMESPACE/],
  [400, 'strict decoding error: unknown field "spec.x"', ClusterRejected, /cannot create Job a in test/],
  [422, 'Job.batch "a" is invalid', ClusterRejected, /cannot create Job a in test/],
  [410, 'too old resource version', ClusterUnavailable, /410 too old resource version/],
  [429, 'too many requests', ClusterUnavailable, /429 too many requests/],
  [500, '', ClusterUnavailable, /500 InternalError/],
] as const;

for (const [code, message, kind, sentence] of cases) {
  test(`${code} with "${message}" is a ${kind.name}, in one sentence`, () => {
    const error = clusterError('create Job a in test', { code, reason: 'InternalError', message }, undefined);
    assert(error instanceof kind);
    assert.match(error.message, sentence);
    assert(error.message.includes(message));
    assert.equal(error.message.includes('\n'), false);
  });
}

test('what the same object would meet again ends its attempt; anything else is asked again', () => {
  const kindOf = (code: number) => clusterError('do it', { code, reason: '', message: '' }, undefined);
  assert.equal(kindOf(422) instanceof ExecutorUnavailable, false);
  for (const code of [401, 403, 404, 409, 429, 500, 504])
    assert(kindOf(code) instanceof ExecutorUnavailable, `${code}`);
});
