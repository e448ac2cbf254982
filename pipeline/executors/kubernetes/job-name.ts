import { createHash } from 'node:crypto';
import type { TaskId } from '../../../tasks/artifacts/catalogue.ts';
import type { Run } from '../../../tasks/artifacts/run-dates.ts';

/** A pod's name is its Job's, a dash and five characters, and must be a DNS label (63) to serve as a host name. */
const longestJobName = 57;
const longestLabel = 63;
const hashLength = 8;

/** The name of an attempt's Job: always the same, and no other attempt's. A DNS label of at most 57 characters. */
export function jobName(dagId: string, run: Run, taskId: TaskId, number: number): string {
  const moment = run.timestamp.replace('T000000', '').replace('T', '');
  const attempt = `-${taskId.replaceAll('_', '-')}-${moment}-${number}`;
  return `${dagName(dagId, longestJobName - attempt.length)}${attempt}`;
}

/** What every object of a run carries, and of a task and an attempt where they are given. */
export function jobLabels(dagId: string, run: Run, taskId?: TaskId, number?: number): Record<string, string> {
  return {
    'app.kubernetes.io/name': 'credit-default-pipeline',
    'app.kubernetes.io/component': 'task',
    'app.kubernetes.io/managed-by': 'credit-default-pipeline',
    ...identityLabels(dagId, run, taskId, number),
  };
}

/** Selects what carries these labels, as `kubectl get jobs -l …` takes it. */
export function labelSelector(dagId: string, run: Run, taskId?: TaskId, number?: number): string {
  return Object.entries(identityLabels(dagId, run, taskId, number))
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}

function identityLabels(dagId: string, run: Run, taskId?: TaskId, number?: number): Record<string, string> {
  return {
    dag: isLabel(dagId) ? dagId : dagName(dagId, longestLabel),
    // not the run id: labels refuse its characters
    run: run.timestamp,
    ...(taskId !== undefined && { task: taskId }),
    ...(number !== undefined && { attempt: String(number) }),
  };
}

function isLabel(text: string): boolean {
  return text.length <= longestLabel && /^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$/.test(text);
}

/** A plain id keeps its words; one that is long, or would share its name with another, ends in a hash of the id. */
function dagName(dagId: string, room: number): string {
  const isPlain = /^[a-z0-9]([a-z0-9_]*[a-z0-9])?$/.test(dagId);
  if (isPlain && dagId.length <= room) return dagId.replaceAll('_', '-');
  const hash = createHash('sha256').update(dagId).digest('hex').slice(0, hashLength);
  const words = dagId.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return `${words.slice(0, room - hashLength - 1)}-${hash}`.replace(/^-+/, '').replaceAll(/-+/g, '-');
}
