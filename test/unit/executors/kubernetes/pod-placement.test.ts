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

test('what the operator gives replaces the defaults field by field', () => {
  const spotInstance = { key: 'spotInstance', operator: 'Exists' } as const;
  const eks = podPlacement('spot', shape, { nodeSelector: { lifecycle: 'Ec2Spot' }, tolerations: [spotInstance] });
  assert.deepEqual(eks.nodeSelector, { lifecycle: 'Ec2Spot' });
  assert.deepEqual(eks.affinity, podPlacement('spot', shape, {}).affinity);
  assert.deepEqual(eks.tolerations, [spotInstance]);

  const anywhere = podPlacement('on-demand', shape, { nodeSelector: { pool: 'steady' }, affinity: {} });
  assert.deepEqual([anywhere.nodeSelector, anywhere.affinity], [{ pool: 'steady' }, {}]);
});

test('a node that is to be avoided is avoided beside what else is required', () => {
  for (const placement of ['spot', 'on-demand'] as const) {
    const { affinity } = podPlacement(placement, shape, {}, ['dead-1', 'dead-2']);
    const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
    for (const { matchFields } of terms) {
      assert.deepEqual(matchFields, [
        { key: 'metadata.name', operator: 'NotIn', values: ['dead-1'] },
        { key: 'metadata.name', operator: 'NotIn', values: ['dead-2'] },
      ]);
    }
    const usual = podPlacement(placement, shape, {}).affinity?.nodeAffinity;
    const { requiredDuringSchedulingIgnoredDuringExecution: required, ...others } = usual ?? {};
    assert.equal(terms[0]?.matchExpressions, required?.nodeSelectorTerms[0]?.matchExpressions);
    assert.deepEqual({ ...affinity?.nodeAffinity, ...others }, affinity?.nodeAffinity);
  }
});
