import { type ArtifactName, inputsOf, outputsOf, type TaskId, taskIds } from '../../tasks/artifacts/artifact-keys.ts';

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
  /** Attempts replaced free of charge (preempted, lost, …) since the last `clear`. */
  readonly maxPreemptions: number;
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
  readonly inputs: readonly ArtifactName[];
  readonly outputs: readonly ArtifactName[];
  readonly policy: TaskPolicy;
  readonly pod: PodShape;
}

export interface Dag {
  readonly dagId: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly startDate: Date;
  readonly everyDays: number;
  readonly catchup: false;
  /** In an order in which every task comes after its upstream. */
  readonly tasks: readonly TaskDefinition[];
}

interface TaskSource {
  readonly entrypoint: string;
  readonly after?: readonly TaskId[];
  readonly policy?: Partial<TaskPolicy>;
  readonly pod?: Partial<PodShape>;
}

interface DagSource extends Omit<Dag, 'tasks'> {
  readonly defaults: TaskPolicy;
  readonly pod: PodShape;
  readonly tasks: Readonly<Record<TaskId, TaskSource>>;
}

export class InvalidDag extends Error {
  override readonly name = 'InvalidDag';
}

/**
 * Checks a DAG and puts its tasks in order.
 * @throws InvalidDag for a cycle, a negative or fractional number, or an input that no upstream task publishes
 */
export function defineDag({ tasks, defaults, pod, ...dag }: DagSource): Dag {
  const defined = inOrder(tasks).map((taskId): TaskDefinition => {
    const { entrypoint, after = [], policy, pod: ownPod } = tasks[taskId];
    return {
      taskId,
      entrypoint,
      upstream: after,
      inputs: inputsOf(taskId),
      outputs: outputsOf(taskId),
      policy: { ...defaults, ...policy },
      pod: { ...pod, ...ownPod },
    };
  });
  for (const task of defined) refuseWrongNumbers(task);
  for (const task of defined) refuseUnreachableInputs(task, tasks);
  return { ...dag, tasks: defined };
}

function inOrder(tasks: DagSource['tasks']): TaskId[] {
  const ordered: TaskId[] = [];
  while (ordered.length < taskIds.length) {
    const ready = taskIds.find(
      (id) => !ordered.includes(id) && (tasks[id].after ?? []).every((upstream) => ordered.includes(upstream)),
    );
    if (!ready) {
      const rest = taskIds.filter((id) => !ordered.includes(id));
      throw new InvalidDag(`the tasks ${rest.join(', ')} wait for each other: a DAG has no cycles`);
    }
    ordered.push(ready);
  }
  return ordered;
}

function refuseWrongNumbers({ taskId, policy }: TaskDefinition): void {
  for (const [name, value] of Object.entries(policy)) {
    if (typeof value === 'number' && !(Number.isSafeInteger(value) && value >= 0)) {
      throw new InvalidDag(`${name} of ${taskId} must be a whole number, 0 or more; found ${value}`);
    }
  }
}

function refuseUnreachableInputs(task: TaskDefinition, tasks: DagSource['tasks']): void {
  const upstream = new Set<TaskId>();
  const walk = (id: TaskId) => {
    for (const next of tasks[id].after ?? []) {
      upstream.add(next);
      walk(next);
    }
  };
  walk(task.taskId);
  const published = [...upstream].flatMap(outputsOf);
  const missing = task.inputs.filter((input) => !published.includes(input));
  if (missing.length > 0)
    throw new InvalidDag(`${task.taskId} reads ${missing.join(', ')}, which no task before it publishes`);
}
