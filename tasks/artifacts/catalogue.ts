interface TaskEntry {
  /** Its file under `tasks/`, without the ending; also the name of its image. */
  readonly entrypoint: string;
  /** Under the run's timestamp, what an attempt leaves for the next one; removed once the outputs are published. */
  readonly scratch?: string;
  readonly outputs: Readonly<Record<string, OutputEntry>>;
}

interface OutputEntry {
  /** What follows the run's timestamp in the key. */
  readonly suffix: string;
  readonly contentType: string;
  /** The artifacts it is made from: when their bytes change, this one is stale. One of the same task stands before it. */
  readonly reads: readonly string[];
}

type NamesIn<Tasks extends Readonly<Record<string, TaskEntry>>> = {
  [Task in keyof Tasks]: keyof Tasks[Task]['outputs'];
}[keyof Tasks];

/** Compiles only where everything that is read is also published. */
function defineCatalogue<const Tasks extends Readonly<Record<string, TaskEntry>>>(
  tasks: Tasks & {
    readonly [Task in keyof Tasks]: {
      readonly outputs: Readonly<Record<keyof Tasks[Task]['outputs'], { readonly reads: readonly NamesIn<Tasks>[] }>>;
    };
  },
): Tasks {
  return tasks;
}

const evaluated = { reads: ['model', 'testLoans'] } as const;

/**
 * Every task and every artifact of a run. Task ids, artifact names, keys, the order of tasks by their data, images, the
 * run record and `clear` derive from this table. Which settings decide an artifact's bytes is said where they are declared.
 */
export const catalogue = defineCatalogue({
  create_s3_bucket: {
    entrypoint: 'create-bucket',
    outputs: { bucket: { suffix: '.json', contentType: 'application/json', reads: [] } },
  },
  fetch_data: {
    entrypoint: 'fetch-data',
    outputs: {
      loans: { suffix: '.csv', contentType: 'text/csv', reads: [] },
      profile: { suffix: '_profile.json', contentType: 'application/json', reads: ['loans'] },
    },
  },
  train_model: {
    entrypoint: 'train-model',
    scratch: '.blocks/',
    outputs: {
      testLoans: { suffix: '_test.csv', contentType: 'text/csv', reads: ['loans'] },
      model: { suffix: '.onnx', contentType: 'application/octet-stream', reads: ['loans'] },
    },
  },
  evaluate_model: {
    entrypoint: 'evaluate-model',
    outputs: {
      metrics: { suffix: '_metrics.txt', contentType: 'text/plain; charset=utf-8', ...evaluated },
      metricsJson: { suffix: '_metrics.json', contentType: 'application/json', ...evaluated },
      modelCard: { suffix: '_model_card.json', contentType: 'application/json', ...evaluated },
      report: { suffix: '_report.html', contentType: 'text/html; charset=utf-8', ...evaluated },
    },
  },
});

export type TaskId = keyof typeof catalogue;
export type ArtifactName = NamesIn<typeof catalogue>;

/** In an order in which each task comes after those it reads from. */
export const taskIds: readonly TaskId[] = Object.keys(catalogue).filter(isTaskId);

export function isTaskId(name: string): name is TaskId {
  return Object.hasOwn(catalogue, name);
}

export function taskEntry(taskId: TaskId): TaskEntry {
  return catalogue[taskId];
}

export interface Artifact extends Omit<OutputEntry, 'reads'> {
  readonly task: TaskId;
  readonly reads: readonly ArtifactName[];
}

const artifacts = new Map(
  taskIds.flatMap((task) =>
    Object.entries(taskEntry(task).outputs).map(([name, output]) => [name, { task, ...output }] as const),
  ),
);

export const artifactNames: readonly ArtifactName[] = [...artifacts.keys()].filter(isArtifactName);

function isArtifactName(name: string): name is ArtifactName {
  return artifacts.has(name);
}

export function artifact(name: ArtifactName): Artifact {
  const found = artifacts.get(name);
  if (!found) throw new RangeError(`${name} is no artifact of the catalogue`);
  return { ...found, reads: found.reads.filter(isArtifactName) };
}

export function outputsOf(task: TaskId): ArtifactName[] {
  return artifactNames.filter((name) => artifact(name).task === task);
}

/** What a task takes from others. */
export function inputsOf(task: TaskId): ArtifactName[] {
  const read = new Set(outputsOf(task).flatMap((name) => artifact(name).reads));
  return [...read].filter((name) => artifact(name).task !== task);
}
