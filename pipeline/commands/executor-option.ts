import { UsageError } from '../../tasks/runtime/exit-codes.ts';

export const executorOption = { executor: { type: 'string', default: 'local' } } as const;

export function refuseUnlessLocal(executor: string): void {
  if (executor !== 'local') throw new UsageError([`--executor must be local, found "${executor}"`]);
}
