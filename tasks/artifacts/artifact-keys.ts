import { type ArtifactName, artifact, type TaskId, taskEntry } from './catalogue.ts';

export function artifactKey(dagId: string, timestamp: string, name: ArtifactName): string {
  const { task, suffix } = artifact(name);
  return `${dagId}/${task}/${timestamp}${suffix}`;
}

export function markerKey(artifactKey: string): string {
  return `${artifactKey}.SUCCESS`;
}

/** Where a task keeps its scratch of a run; undefined for a task that has none. */
export function scratchPrefix(dagId: string, timestamp: string, task: TaskId): string | undefined {
  const { scratch } = taskEntry(task);
  return scratch && `${dagId}/${task}/${timestamp}${scratch}`;
}

export function runRecordKey(dagId: string, timestamp: string): string {
  return `${runRecordsPrefix(dagId)}${timestamp}/run.json`;
}

export function runRecordsPrefix(dagId: string): string {
  return `${dagId}/runs/`;
}

/** The status pages: of all runs, and of one. Links in them are relative, so that a copy of the store works too. */
export function overviewPageKey(dagId: string): string {
  return `${dagId}/index.html`;
}

export function runPageKey(dagId: string, timestamp: string): string {
  return `${runRecordsPrefix(dagId)}${timestamp}/index.html`;
}

/** Which model is to be used. */
export function championKey(dagId: string): string {
  return `${dagId}/models/champion.json`;
}

/** A model that is champion, or was: the run that made it may be done again. */
export function keptModelKey(dagId: string, sha256: string): string {
  return `${dagId}/models/${sha256}.onnx`;
}

/** One move of the champion; moves are numbered from 1. */
export function championMoveKey(dagId: string, number: number): string {
  return `${dagId}/models/history/${String(number).padStart(6, '0')}.json`;
}

/** What was decided of the model of a run. */
export function verdictKey(dagId: string, timestamp: string): string {
  return `${dagId}/models/verdicts/${timestamp}.json`;
}

export function logKey(dagId: string, runId: string, taskId: string, attempt: number): string {
  return `${taskLogsPrefix(dagId, runId, taskId)}attempt=${attempt}.log`;
}

export function taskLogsPrefix(dagId: string, runId: string, taskId: string): string {
  return `${runLogsPrefix(dagId, runId)}task_id=${taskId}/`;
}

export function runLogsPrefix(dagId: string, runId: string): string {
  return `logs/dag_id=${dagId}/run_id=${runId}/`;
}
