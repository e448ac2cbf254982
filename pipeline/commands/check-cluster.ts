import type { Environment } from '../../tasks/runtime/environment.ts';
import { UsageError } from '../../tasks/runtime/errors.ts';
import type { KubernetesApi, Right } from '../executors/kubernetes/kubernetes-api.ts';
import { nodeLeaseNamespace } from '../executors/kubernetes/kubernetes-objects.ts';
import { readCluster } from '../settings/cluster-settings.ts';

const neededRights: readonly Right[] = [
  { verb: 'create', group: 'batch', resource: 'jobs' },
  { verb: 'list', group: 'batch', resource: 'jobs' },
  { verb: 'delete', group: 'batch', resource: 'jobs' },
  { verb: 'list', group: '', resource: 'pods' },
  { verb: 'watch', group: '', resource: 'pods' },
];

/** What works worse without a right. */
const usefulRights: readonly (readonly [Right, string])[] = [
  [
    { verb: 'list', group: 'coordination.k8s.io', resource: 'leases', namespace: nodeLeaseNamespace },
    'a dead node is noticed only by its Ready condition, about a minute late',
  ],
  [
    { verb: 'get', group: '', resource: 'nodes' },
    "a dead node is noticed only by its pod's Ready=False standing for 30 s, or by the pod garbage collector",
  ],
  [{ verb: 'list', group: '', resource: 'events' }, 'why a Job makes no pod is not shown'],
];

/** Whether there is anything to check: settings for a cluster, or a pod around this process. */
export function isClusterConfigured({ NAMESPACE, KUBERNETES_SERVICE_HOST }: Environment): boolean {
  return Boolean(NAMESPACE || KUBERNETES_SERVICE_HOST);
}

/**
 * Which rights are granted in the cluster, in one sentence.
 * @throws UsageError with every wrong setting, or every right that is missing
 */
export async function checkCluster(environment: Environment): Promise<string> {
  const { namespace } = readCluster(environment);
  // the client costs 320 ms and 50 MB
  const { connectCluster } = await import('../executors/kubernetes/connect-cluster.ts');
  return describeRights(connectCluster(namespace));
}

async function describeRights(api: KubernetesApi): Promise<string> {
  const missing = await missingRights(api, neededRights);
  if (missing.length > 0) throw new UsageError(missing.map((right) => missingText(right, api.namespace)));
  const lacking = await missingRights(
    api,
    usefulRights.map(([right]) => right),
  );
  const effects = usefulRights.flatMap(([{ verb, resource }, effect]) =>
    lacking.some((right) => right.resource === resource) ? [`${verb} on ${resource} is not granted: ${effect}`] : [],
  );
  const granted = `Jobs may be created, listed and deleted, and pods listed and watched, in namespace ${api.namespace}`;
  return [granted, ...effects].join('; ');
}

async function missingRights(api: KubernetesApi, rights: readonly Right[]): Promise<Right[]> {
  const allowed = await Promise.all(rights.map((right) => api.isAllowed(right)));
  return rights.filter((_, index) => !allowed[index]);
}

function missingText({ verb, group, resource }: Right, namespace: string): string {
  return `we may not ${verb} ${resource} in namespace ${namespace}: grant ${verb} on ${group ? `${resource}.${group}` : resource} in the orchestrator's Role`;
}
