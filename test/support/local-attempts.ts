import { creditDefaultDag } from '../../pipeline/credit-default-dag.ts';
import { LocalExecutor } from '../../pipeline/executors/local/local-executor.ts';
import { defineDag } from '../../pipeline/orchestrator/dag.ts';
import type { AttemptSpec, Observation, OpenAttempt } from '../../pipeline/orchestrator/executor.ts';
import { run, start } from './run-records.ts';

/** An executor whose attempts are `attempt.ts`. */
export function localExecutor(behaviour: string, argument = ''): LocalExecutor {
  const environment = { BEHAVIOUR: behaviour, ARGUMENT: argument };
  return new LocalExecutor(() => environment, new URL('./', import.meta.url));
}

const [definition] = defineDag(creditDefaultDag, 'credit_default_pipeline').tasks;
if (!definition) throw new Error('the DAG has no tasks');

/** With a grace period in which any attempt that handles SIGTERM ends, on a slow machine too. */
export const spec: AttemptSpec = {
  run,
  task: { ...definition, entrypoint: 'attempt' },
  number: 1,
  placement: 'spot',
};

/** For attempts that ignore it. */
export const hastySpec: AttemptSpec = {
  ...spec,
  task: { ...spec.task, policy: { ...spec.task.policy, gracePeriodSeconds: 1 } },
};

export const attempt: OpenAttempt = {
  run,
  taskId: definition.taskId,
  number: 1,
  queuedAt: start.toISOString(),
  hasStarted: false,
};

const never = new AbortController().signal;

/** Waits until the attempt is observed as wanted. */
export async function observeUntil(
  executor: LocalExecutor,
  isWanted: (observation: Observation) => boolean,
): Promise<Observation> {
  for (;;) {
    const observation = await executor.observe(attempt);
    if (isWanted(observation)) return observation;
    await executor.waitForChange(10, never);
  }
}

/** The process id that an attempt reports. */
export async function processIdOf(executor: LocalExecutor): Promise<number> {
  const ready = await observeUntil(executor, (seen) => seen.phase === 'ended' || 'progress' in seen);
  if (ready.phase !== 'running' || !ready.progress) throw new Error(`it ended early: ${JSON.stringify(ready)}`);
  return ready.progress.done;
}

export function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch {
    return false;
  }
}
