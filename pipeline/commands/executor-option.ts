import { UsageError } from '../../tasks/runtime/exit-codes.ts';
import { type ExecutorKind, executorKinds } from '../assemble.ts';

export const executorOption = { executor: { type: 'string', default: 'local' } } as const;

export const executorHelp =
  '  --executor E       where attempts run: local (child processes, the default) or kubernetes (Jobs)';

/** @throws UsageError when there is no such executor */
export function executorNamed(name: string): ExecutorKind {
  const found = executorKinds.find((kind) => kind === name);
  if (!found) throw new UsageError([`--executor must be ${executorKinds.join(' or ')}, found "${name}"`]);
  return found;
}
