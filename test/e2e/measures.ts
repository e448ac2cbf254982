import { taskIds } from '../../tasks/artifacts/catalogue.ts';
import type { SeenJob, SeenPod, Sightings } from './sightings.ts';

/** An attempt of a task in a run, as its objects' labels name it. */
export interface AttemptName {
  readonly dag: string;
  readonly task: string;
  readonly attempt: number;
}

/** Seconds from a loss. */
export interface Recovery {
  readonly jobCreated?: number;
  readonly podRunning?: number;
}

export function jobOf(sightings: Sightings, name: AttemptName): SeenJob | undefined {
  return sightings.jobs.find(({ labels }) => isOf(labels, name));
}

export function podOf(sightings: Sightings, name: AttemptName): SeenPod | undefined {
  return sightings.pods.find(({ labels }) => isOf(labels, name));
}

export function jobsOfRun(sightings: Sightings, dag: string): SeenJob[] {
  return sightings.jobs.filter(({ labels }) => labels.dag === dag && labels.task !== undefined);
}

/** The pods of a Job, first seen first. */
export function podsOfJob(sightings: Sightings, job: string): SeenPod[] {
  return sightings.pods.filter(({ labels }) => labels['batch.kubernetes.io/job-name'] === job);
}

/** How long the replacement of an attempt took, since the loss. */
export function recoveryOf(sightings: Sightings, lost: AttemptName, lostAt: number): Recovery {
  const next = { ...lost, attempt: lost.attempt + 1 };
  const createdAt = jobOf(sightings, next)?.createdAt;
  const runningAt = podOf(sightings, next)?.runningAt;
  return {
    ...(createdAt !== undefined && { jobCreated: createdAt - lostAt }),
    ...(runningAt !== undefined && { podRunning: runningAt - lostAt }),
  };
}

/**
 * For each task the seconds that were no work: from the end of the container before it (for the first: the start of the
 * orchestrator's) until its own first pod ran. NaN where one of the two was not seen.
 */
export function overheads(sightings: Sightings, dag: string, orchestrator: string): number[] {
  return taskIds.map((task, i) => {
    const before = taskIds[i - 1];
    const from = before ? lastDone(sightings, dag, before) : podsOfJob(sightings, orchestrator)[0]?.runningAt;
    return (podOf(sightings, { dag, task, attempt: 1 })?.runningAt ?? Number.NaN) - (from ?? Number.NaN);
  });
}

/** Seconds from each task's success to the next one's Job. */
export function handovers(sightings: Sightings, dag: string): number[] {
  return taskIds.slice(1).map((task, i) => {
    const createdAt = jobOf(sightings, { dag, task, attempt: 1 })?.createdAt ?? Number.NaN;
    return createdAt - lastDone(sightings, dag, taskIds[i] ?? '');
  });
}

/** Of the work of the last attempt's pod: that of an attempt lost before may hang for long on its dead node. */
function lastDone(sightings: Sightings, dag: string, task: string): number {
  const pods = sightings.pods.filter(({ labels }) => labels.dag === dag && labels.task === task);
  return pods.toSorted((a, b) => attemptOf(b) - attemptOf(a))[0]?.doneAt ?? Number.NaN;
}

function attemptOf({ labels }: SeenPod): number {
  return Number(labels.attempt);
}

function isOf(labels: Readonly<Record<string, string>>, { dag, task, attempt }: AttemptName): boolean {
  return labels.dag === dag && labels.task === task && labels.attempt === String(attempt);
}
