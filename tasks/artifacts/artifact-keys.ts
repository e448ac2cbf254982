/** The settings that decide the bytes of some artifact, under the names they have in the environment. */
export interface DecidingSettings {
  readonly LOANS_TABLE: string;
  readonly TEST_SIZE: number;
  readonly RANDOM_STATE: number;
  readonly FOREST_ENGINE: string;
  readonly N_ESTIMATORS: number;
  /** null: unlimited. */
  readonly MAX_DEPTH: number | null;
}

export const taskIds = ['create_s3_bucket', 'fetch_data', 'train_model', 'evaluate_model'] as const;
export type TaskId = (typeof taskIds)[number];

interface Declaration {
  readonly task: TaskId;
  /** What follows the run's timestamp in the key. */
  readonly suffix: string;
  readonly contentType: string;
  /** The artifacts it is made from: when their bytes change, this one is stale. */
  readonly inputs: readonly ArtifactName[];
  /** The settings that decide its bytes: when one changes, this one is stale. */
  readonly parameters: readonly (keyof DecidingSettings)[];
}

const split = ['TEST_SIZE', 'RANDOM_STATE'] as const;
const forest = ['FOREST_ENGINE', 'N_ESTIMATORS', 'MAX_DEPTH'] as const;
const csv = 'text/csv';

export type ArtifactName = 'bucket' | 'loans' | 'testLoans' | 'model' | 'metrics' | 'metricsJson' | 'report';

/** Every artifact of a run: its key, what it is made from, and what decides its bytes. The one table. */
export const artifactTable: Readonly<Record<ArtifactName, Declaration>> = {
  bucket: { task: 'create_s3_bucket', suffix: '.json', contentType: 'application/json', inputs: [], parameters: [] },
  loans: { task: 'fetch_data', suffix: '.csv', contentType: csv, inputs: [], parameters: ['LOANS_TABLE'] },
  testLoans: { task: 'train_model', suffix: '_test.csv', contentType: csv, inputs: ['loans'], parameters: split },
  model: {
    task: 'train_model',
    suffix: '.onnx',
    contentType: 'application/octet-stream',
    inputs: ['loans'],
    parameters: [...split, ...forest],
  },
  metrics: evaluated('_metrics.txt', 'text/plain; charset=utf-8'),
  metricsJson: evaluated('_metrics.json', 'application/json'),
  report: evaluated('_report.html', 'text/html; charset=utf-8'),
};

function evaluated(suffix: string, contentType: string): Declaration {
  return { task: 'evaluate_model', suffix, contentType, inputs: ['model', 'testLoans'], parameters: [] };
}

export const artifactNames: readonly ArtifactName[] = [
  'bucket',
  'loans',
  'testLoans',
  'model',
  'metrics',
  'metricsJson',
  'report',
];

export function outputsOf(task: TaskId): ArtifactName[] {
  return artifactNames.filter((name) => artifactTable[name].task === task);
}

export function inputsOf(task: TaskId): ArtifactName[] {
  return [...new Set(outputsOf(task).flatMap((name) => artifactTable[name].inputs))];
}

export function artifactKey(dagId: string, timestamp: string, name: ArtifactName): string {
  const { task, suffix } = artifactTable[name];
  return `${dagId}/${task}/${timestamp}${suffix}`;
}

export function markerKey(artifactKey: string): string {
  return `${artifactKey}.SUCCESS`;
}

export function runRecordKey(dagId: string, timestamp: string): string {
  return `${runRecordsPrefix(dagId)}${timestamp}/run.json`;
}

export function runRecordsPrefix(dagId: string): string {
  return `${dagId}/runs/`;
}

export function logKey(dagId: string, runId: string, taskId: string, attempt: number): string {
  return `${taskLogsPrefix(dagId, runId, taskId)}attempt=${attempt}.log`;
}

export function taskLogsPrefix(dagId: string, runId: string, taskId: string): string {
  return `logs/dag_id=${dagId}/run_id=${runId}/task_id=${taskId}/`;
}

/** Checkpoints of a fit: finished blocks of trees. */
export function blocksPrefix(dagId: string, timestamp: string): string {
  return `${dagId}/train_model/${timestamp}.blocks/`;
}

/** Of one fit; `digest` is the SHA-256 of its data, parameters and the blocks' format. */
export function fitBlocksPrefix(dagId: string, timestamp: string, digest: string): string {
  return `${blocksPrefix(dagId, timestamp)}${digest.slice(0, 12)}/`;
}
