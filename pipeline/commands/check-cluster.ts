import type { Environment } from '../../tasks/runtime/environment.ts';
import { UsageError } from '../../tasks/runtime/errors.ts';
import type { KubernetesApi, Right } from '../executors/kubernetes/kubernetes-api.ts';
import { readCluster } from '../settings/cluster-settings.ts';

const neededRights: readonly Right[] = [
  { verb: 'create', group: 'batch', resource: 'jobs' },
  { verb: 'list', group: 'batch', resource: 'jobs' },
  { verb: 'delete', group: 'batch', resource: 'jobs' },
  { verb: 'list', group: '', resource: 'pods' },
  { verb: 'watch', group: '', resource: 'pods' },
];
const nodesRight: Right = { verb: 'get', group: '', resource: 'nodes' };

/** Whether there is anything to check: the settings or the place say that a cluster is meant. */
export function isClusterConfigured({ NAMESPACE, KUBERNETES_SERVICE_HOST }: Environment): boolean {
  return Boolean(NAMESPACE || KUBERNETES_SERVICE_HOST);
}

/**
 * What we may do in the cluster, in one sentence.
 * @throws UsageError with every wrong setting, or every right that is missing
 */
export async function checkCluster(environment: Environment): Promise<string> {
  const { namespace } = readCluster(environment);
  // the client costs 320 ms and 50 MB, which is for those who use a cluster
  const { connectCluster } = await import('../executors/kubernetes/connect-cluster.ts');
  return tellRights(connectCluster(namespace));
}

async function tellRights(api: KubernetesApi): Promise<string> {
  const allowed = await Promise.all(neededRights.map((right) => api.isAllowed(right)));
  const missing = neededRights.filter((_, index) => !allowed[index]);
  if (missing.length > 0) throw new UsageError(missing.map((right) => missingText(right, api.namespace)));
  const nodes = (await api.isAllowed(nodesRight))
    ? 'nodes may be read'
    : "nodes may not be read: a dead node is noticed only by its pod's Ready=False standing for 30 s, or by the pod garbage collector (grant get on nodes in a ClusterRole)";
  return `Jobs may be created, listed and deleted, and pods listed and watched, in namespace ${api.namespace}; ${nodes}`;
}

function missingText({ verb, group, resource }: Right, namespace: string): string {
  return `we may not ${verb} ${resource} in namespace ${namespace}: grant ${verb} on ${group ? `${resource}.${group}` : resource} in the orchestrator's Role`;
}
