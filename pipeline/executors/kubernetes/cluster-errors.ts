import { ExecutorUnavailable } from '../../orchestrator/executor.ts';

/** The API server cannot be reached, is overloaded or failing, or did not answer in time: a retry may help. */
export class ClusterUnavailable extends ExecutorUnavailable {
  override readonly name = 'ClusterUnavailable';
}

/** The cluster refuses. It may be granted while the run waits, so it is retried. */
export class ClusterRefused extends ExecutorUnavailable {
  override readonly name = 'ClusterRefused';
}

/** The object itself is invalid: it would be refused again. */
export class ClusterRejected extends Error {
  override readonly name = 'ClusterRejected';
}

interface ApiFailure {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

/** Which error a call's failure is; `doing` completes "the cluster refuses to …". */
export function clusterError(doing: string, failure: ApiFailure, cause: unknown): Error {
  const { code, message } = failure;
  if (code === 401) return new ClusterRefused(`the cluster refuses our credentials (${doing}): ${message}`, { cause });
  if (code === 403)
    return new ClusterRefused(`the cluster refuses to ${doing}: ${message}; ${advice(message)}`, { cause });
  // objects that may be absent are handled by the callers: only the namespace is left
  if (code === 404)
    return new ClusterRefused(`the cluster cannot ${doing}: ${message}; create the namespace, or set NAMESPACE`, {
      cause,
    });
  if (code === 400 || code === 422) return new ClusterRejected(`the cluster cannot ${doing}: ${message}`, { cause });
  return new ClusterUnavailable(`the API server failed to ${doing}: ${code} ${message || failure.reason}`, { cause });
}

/** Quotas, admission and missing rights all answer 403 with reason Forbidden: only the message differs. */
function advice(message: string): string {
  if (message.includes('exceeded quota') || message.includes('failed quota'))
    return 'raise the quota, or free some of it';
  if (message.includes('cannot '))
    return "grant it in the Role of the orchestrator's service account ('doctor' lists what it needs)";
  return 'change that policy, or what it objects to';
}
