import type { Environment } from '../../tasks/runtime/environment.ts';
import { UsageError } from '../../tasks/runtime/errors.ts';
import { type ExecutorKind, executorKinds } from './wiring.ts';

export const executorOption = { executor: { type: 'string' } } as const;

export const executorHelp = `  --executor E       local: attempts are child processes (the default)
                     kubernetes: they are Jobs (the default in a pod)`;

/**
 * In a pod only the cluster can run attempts, and `clear` must end those that are open.
 * @throws UsageError when there is no such executor
 */
export function executorNamed(given: string | undefined, environment: Environment): ExecutorKind {
  const name = given ?? (environment.KUBERNETES_SERVICE_HOST && environment.NAMESPACE ? 'kubernetes' : 'local');
  const found = executorKinds.find((kind) => kind === name);
  if (!found) throw new UsageError([`--executor must be ${executorKinds.join(' or ')}, found "${name}"`]);
  return found;
}
