import type { ArtifactSet, ParametersOf, Trust } from '../../tasks/artifacts/artifact-set.ts';
import { outputsOf, type TaskId } from '../../tasks/artifacts/catalogue.ts';
import type { Run } from '../../tasks/artifacts/run-dates.ts';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import type { Dag } from './dag.ts';
import { type Action, decide, type Facts } from './decide.ts';
import type { Executor, Observation, OpenAttempt } from './executor.ts';
import type { Lease } from './lease.ts';
import { openAttempt, taskRecord } from './run-record.ts';

/** All that a turn needs; nothing here changes during a run. */
export interface Orchestration {
  readonly dag: Dag;
  readonly run: Run;
  readonly artifacts: ArtifactSet;
  readonly parametersOf: ParametersOf;
  readonly executor: Executor;
  readonly lease: Lease;
  readonly clock: () => Date;
}

/** One turn: observe, decide, record, act. A crash anywhere in it repeats an attempt under its own name. */
export async function reconcile(orchestration: Orchestration, before?: Facts): Promise<Facts> {
  const { dag, lease, clock } = orchestration;
  const facts = await observe(orchestration, before);
  const { record, actions } = decide(dag, lease.record, facts, clock());
  await lease.save(record);
  for (const action of actions) await act(orchestration, action);
  return facts;
}

/** While attempts only wait or run, nothing depends on what is published: then the last turn's answer serves. */
export async function observe(orchestration: Orchestration, before?: Facts): Promise<Facts> {
  const observations = new Map<TaskId, Observation>();
  for (const { taskId } of orchestration.dag.tasks) {
    const attempt = openAttemptOf(orchestration, taskId);
    if (attempt) observations.set(taskId, await orchestration.executor.observe(attempt));
  }
  const seen = [...observations.values()];
  const isWaiting = seen.length > 0 && seen.every(({ phase }) => phase === 'queued' || phase === 'running');
  const published = isWaiting && before ? before.published : await findPublished(orchestration, trustAfter(seen));
  const { vanished, onlyPlacement } = orchestration.executor;
  return { observations, published, vanished, onlyPlacement };
}

/** A task that refused its input found what etags do not show: then the bytes are hashed. */
function trustAfter(observations: readonly Observation[]): Trust {
  const isInputRefused = observations.some((seen) => seen.phase === 'ended' && seen.exitCode === exitCodes.badInput);
  return isInputRefused ? 'bytes' : 'etag';
}

async function findPublished({ dag, artifacts, parametersOf }: Orchestration, trust: Trust): Promise<Set<TaskId>> {
  const judged = await Promise.all(
    dag.tasks.map(async ({ taskId }) => {
      const isPublished = await artifacts.arePublished(outputsOf(taskId), parametersOf, trust);
      return isPublished ? [taskId] : [];
    }),
  );
  return new Set(judged.flat());
}

async function act(orchestration: Orchestration, action: Action): Promise<void> {
  const { dag, run, executor } = orchestration;
  if (action.type === 'start') {
    const task = dag.tasks.find(({ taskId }) => taskId === action.taskId);
    if (task) await executor.start({ run, task, number: action.number, placement: action.placement });
    return;
  }
  const attempt = openAttemptOf(orchestration, action.taskId);
  if (attempt) await executor.cancel(attempt);
}

export function openAttemptOf(
  { run, lease }: Pick<Orchestration, 'run' | 'lease'>,
  taskId: TaskId,
): OpenAttempt | undefined {
  const open = openAttempt(taskRecord(lease.record, taskId));
  if (!open) return undefined;
  return { run, taskId, number: open.number, queuedAt: open.queuedAt, hasStarted: open.phase === 'running' };
}
