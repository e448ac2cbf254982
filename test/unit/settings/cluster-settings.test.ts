import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCluster } from '../../../pipeline/settings/cluster-settings.ts';
import { UsageError } from '../../../tasks/runtime/errors.ts';
import { clusterEnvironment } from '../../support/test-cluster.ts';

function faultsOf(environment: Readonly<Record<string, string>>): readonly string[] {
  try {
    readCluster(environment);
    return [];
  } catch (error) {
    assert(error instanceof UsageError);
    return error.faults;
  }
}

test('everything that a cluster needs is asked for at once, together with faults of the other settings', () => {
  const faults = faultsOf({ RETRIES: 'many' });
  for (const name of [...Object.keys(clusterEnvironment), 'RETRIES'])
    assert(
      faults.some((fault) => fault.startsWith(`${name} must be`)),
      name,
    );
  assert.equal(faults.length, 9);
});

test('what may be left out has a default', () => {
  const { limits, placements, jobTtlSeconds } = readCluster(clusterEnvironment);
  assert.deepEqual(limits, {
    unschedulableSeconds: 600,
    imagePullSeconds: 300,
    podConfigSeconds: 120,
    nodeSilentSeconds: 20,
  });
  assert.deepEqual(placements, { spot: {}, 'on-demand': {} });
  assert.equal(jobTtlSeconds, 86_400);
});

test('names that Kubernetes would refuse are refused here', () => {
  for (const [name, value] of [
    ['NAMESPACE', 'Credit_Default'],
    ['TASK_SERVICE_ACCOUNT', '-task'],
    ['IMAGE_TRAIN_MODEL', 'train model'],
    ['JOB_TTL_SECONDS', '1h'],
  ] as const)
    assert.match(faultsOf({ ...clusterEnvironment, [name]: value }).join(), new RegExp(`^${name} must be`));
});

test("a placement is a piece of a pod's spec, as JSON", () => {
  const spot = {
    nodeSelector: { workload: 'airflow-workers' },
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'site', operator: 'In', values: ['a', 'b'] }] }],
        },
      },
    },
    tolerations: [{ key: 'spotInstance', operator: 'Exists' }],
    topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'site', whenUnsatisfiable: 'ScheduleAnyway' }],
  };
  const { placements } = readCluster({ ...clusterEnvironment, SPOT_POD: JSON.stringify(spot) });
  assert.deepEqual(placements.spot, spot);
});

test('a placement of another form is refused, with the place of the fault', () => {
  const faults = (SPOT_POD: string) => faultsOf({ ...clusterEnvironment, SPOT_POD }).join();
  assert.match(faults('{nodeSelector'), /^SPOT_POD must be JSON/);
  assert.match(faults('{"nodeSelector":{"a":1}}'), /at nodeSelector\.a/);
  assert.match(faults('{"hostNetwork":true}'), /hostNetwork/);
  assert.match(faults('{"tolerations":[{"effekt":"NoSchedule"}]}'), /effekt.*at tolerations\.0/);
});
