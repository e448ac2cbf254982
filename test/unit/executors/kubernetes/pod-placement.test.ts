import assert from 'node:assert/strict';
import { test } from 'node:test';
import { podPlacement } from '../../../../pipeline/executors/kubernetes/pod-placement.ts';

const shape = {
  requests: { cpu: '1', memory: '1Gi' },
  limits: { cpu: '1', memory: '1Gi' },
  nodeSelector: { workload: 'airflow-workers' },
};

test("spot is preferred on the DAG's nodes, and not required", () => {
  const { nodeSelector, affinity } = podPlacement('spot', shape, {});
  assert.deepEqual(nodeSelector, { workload: 'airflow-workers' });
  const { nodeAffinity } = affinity ?? {};
  assert.equal(nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution, undefined);
  const keys = nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution?.map(
    ({ preference }) => preference.matchExpressions?.[0]?.key,
  );
  assert(keys?.includes('karpenter.sh/capacity-type'));
  assert(keys?.includes('cloud.google.com/gke-spot'));
});

test('on-demand requires a node that no label calls spot, wherever it is', () => {
  const { nodeSelector, affinity } = podPlacement('on-demand', shape, {});
  assert.equal(nodeSelector, undefined);
  const [term, ...others] =
    affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  assert.deepEqual(others, []);
  assert(term?.matchExpressions?.length);
  assert(term.matchExpressions.every(({ operator }) => operator === 'NotIn'));
});

test('what the operator gives replaces the defaults field by field, and adds tolerations', () => {
  const spotInstance = { key: 'spotInstance', operator: 'Exists' } as const;
  const eks = podPlacement('spot', shape, { nodeSelector: { lifecycle: 'Ec2Spot' }, tolerations: [spotInstance] });
  assert.deepEqual(eks.nodeSelector, { lifecycle: 'Ec2Spot' });
  assert.deepEqual(eks.affinity, podPlacement('spot', shape, {}).affinity);
  assert.equal(eks.tolerations?.length, 3);
  assert.deepEqual(eks.tolerations?.at(-1), spotInstance);

  const anywhere = podPlacement('on-demand', shape, { nodeSelector: { pool: 'steady' }, affinity: {} });
  assert.deepEqual([anywhere.nodeSelector, anywhere.affinity], [{ pool: 'steady' }, {}]);
});
