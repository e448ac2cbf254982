import {
  type ArtifactName,
  artifact,
  catalogue,
  inputsOf,
  outputsOf,
  type TaskId,
  taskIds,
} from '../../tasks/artifacts/catalogue.ts';
import type { Schedule } from '../../tasks/artifacts/run-dates.ts';

/** When an attempt is given up, and when the next one starts. */
export interface TaskPolicy {
  readonly retries: number;
  readonly retryDelaySeconds: number;
  readonly retryExponentialBackoff: boolean;
  readonly maxRetryDelaySeconds: number;
  /** Of one attempt. */
  readonly executionTimeoutSeconds: number;
  /** Between SIGTERM and SIGKILL. */
  readonly gracePeriodSeconds: number;
  /** Uncharged replacements (preempted, lost, …) since the last `clear`. */
  readonly maxPreemptions: number;
  /** Until a task whose data was not ready is tried again; without it the next wake-up does. */
  readonly readyEverySeconds?: number;
}

/** Where and how large an attempt runs. */
export interface PodShape {
  readonly requests: { readonly cpu: string; readonly memory: string };
  readonly limits: { readonly cpu: string; readonly memory: string };
  readonly nodeSelector: Readonly<Record<string, string>>;
}

export interface TaskDefinition {
  readonly taskId: TaskId;
  /** The file under `tasks/`, and the image, that does it. */
  readonly entrypoint: string;
  readonly upstream: readonly TaskId[];
  readonly outputs: readonly ArtifactName[];
  readonly policy: TaskPolicy;
  readonly pod: PodShape;
}

export interface Dag {
  readonly dagId: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly schedule: Schedule;
  /** In an order in which every task comes after its upstream. */
  readonly tasks: readonly TaskDefinition[];
}

/** A DAG as its file states it. */
export interface DagSource extends Omit<Dag, 'dagId' | 'tasks'> {
  readonly policy: TaskPolicy;
  readonly pod: PodShape;
  readonly tasks: { readonly [Task in TaskId]?: TaskSource };
}

interface TaskSource {
  readonly after?: readonly TaskId[];
  readonly policy?: Partial<TaskPolicy>;
  readonly pod?: Partial<PodShape>;
}

export class InvalidDag extends Error {
  override readonly name = 'InvalidDag';
}

/**
 * Checks a DAG and puts its tasks in order.
 * @throws InvalidDag for a cycle, or a number that is negative or fractional
 */
export function defineDag(source: DagSource, dagId: string, overrides: Partial<TaskPolicy> = {}): Dag {
  const { description, tags, schedule } = source;
  refuseWrongNumbers('schedule', schedule);
  if (schedule.everyDays === 0) throw new InvalidDag('everyDays of schedule must be 1 or more');
  const tasks = inOrder(source).map((taskId) => defineTask(source, taskId, overrides));
  return { dagId, description, tags, schedule, tasks };
}

function defineTask(source: DagSource, taskId: TaskId, overrides: Partial<TaskPolicy>): TaskDefinition {
  const { policy, pod } = source.tasks[taskId] ?? {};
  const task = {
    taskId,
    entrypoint: catalogue[taskId].entrypoint,
    upstream: upstreamOf(source, taskId),
    outputs: outputsOf(taskId),
    policy: { ...source.policy, ...overrides, ...policy },
    pod: { ...source.pod, ...pod },
  };
  refuseWrongNumbers(taskId, task.policy);
  return task;
}

/** The tasks that it reads from, and those that the DAG's file adds. */
function upstreamOf({ tasks }: DagSource, taskId: TaskId): TaskId[] {
  const read = inputsOf(taskId).map((input) => artifact(input).task);
  return [...new Set([...read, ...(tasks[taskId]?.after ?? [])])];
}

function inOrder(source: DagSource): TaskId[] {
  const ordered: TaskId[] = [];
  while (ordered.length < taskIds.length) {
    const rest = taskIds.filter((id) => !ordered.includes(id));
    const ready = rest.find((id) => upstreamOf(source, id).every((upstream) => ordered.includes(upstream)));
    if (!ready) throw new InvalidDag(`the tasks ${rest.join(', ')} wait for each other: a DAG has no cycles`);
    ordered.push(ready);
  }
  return ordered;
}

function refuseWrongNumbers(where: string, numbers: object): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (typeof value === 'number' && !(Number.isSafeInteger(value) && value >= 0)) {
      throw new InvalidDag(`${name} of ${where} must be a whole number, 0 or more; found ${value}`);
    }
  }
}
