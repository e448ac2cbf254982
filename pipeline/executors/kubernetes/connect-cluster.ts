import { KubeConfig } from '@kubernetes/client-node';
import { UsageError } from '../../../tasks/runtime/errors.ts';
import { KubernetesApi } from './kubernetes-api.ts';

/**
 * The cluster that we run in, by the service account; elsewhere the current context of the kubeconfig. Import it late.
 * @throws UsageError when there is neither, or the kubeconfig cannot be read
 */
export function connectCluster(namespace: string): KubernetesApi {
  const kubeConfig = new KubeConfig();
  try {
    kubeConfig.loadFromDefault();
    // where nothing is configured the client falls back to this
    if (kubeConfig.getCurrentCluster()?.server === 'http://localhost:8080') throw new Error('no kubeconfig was found');
    return new KubernetesApi(kubeConfig, namespace);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError([`no cluster is configured (${why}): set KUBECONFIG, or run in a cluster`], { cause });
  }
}
