import type { Observation, OpenAttempt } from '../../orchestrator/executor.ts';
import type { AttemptFacts, AttemptState, Guard } from './attempt-facts.ts';
import { type Condition, conditionOf, type Job, type Pod } from './kubernetes-objects.ts';
import { containerOf, endOfPod, hasEnded, preemptionReason } from './pod-end.ts';
import { hasPassed, lost, nodeGone, nodeNotReady, podHangsTerminating, podNotReady } from './pod-loss.ts';
import { pendingReason } from './pod-wait.ts';

export type { AttemptFacts } from './attempt-facts.ts';

/** The first that has an answer is believed: the Job knows more than the pod, and a dead node's pod knows nothing. */
const guards: readonly Guard[] = [
  staleJob,
  jobCompleted,
  jobDisrupted,
  jobFailedWithoutPod,
  jobVanished,
  podEnded,
  nodeGone,
  nodeNotReady,
  podNotReady,
  podHangsTerminating,
  podMissing,
  podWaits,
];

/** What has become of an attempt. Pure; decided by structured conditions, never by the text of a message. */
export function observe(facts: AttemptFacts): Observation {
  const scene: AttemptState = { ...facts, pod: currentPod(facts) };
  for (const guard of guards) {
    const observation = guard(scene);
    if (observation) return observation;
  }
  return { phase: 'running' };
}

/** The Job does not end by itself, or is not this attempt's: whoever observes it so deletes it. */
export function isToBeDeleted(facts: AttemptFacts, seen: Observation): boolean {
  const { job, attempt } = facts;
  if (!job) return false;
  if (seen.phase !== 'ended') return isForeign(job, attempt);
  const pod = currentPod(facts);
  return !isJobOver(job) && !(pod && hasEnded(pod));
}

/** The API server's clock is not the orchestrator's, and its times have whole seconds. */
const clockSkewSeconds = 30;

/** It was created before the record queued the attempt: left over from another life of the record. */
export function isForeign(job: Job, { queuedAt }: Pick<OpenAttempt, 'queuedAt'>): boolean {
  return job.metadata.creationTimestamp.getTime() < Date.parse(queuedAt) - clockSkewSeconds * 1000;
}

/** The newest pod of the Job; of any Job of that name once the Job is gone. */
function currentPod({ job, pods }: AttemptFacts): Pod | undefined {
  const own = job ? pods.filter(({ metadata }) => isOwnedBy(metadata.ownerReferences, job.metadata.uid)) : pods;
  const createdAt = ({ metadata }: Pod) => metadata.creationTimestamp.getTime();
  return own.toSorted((a, b) => createdAt(b) - createdAt(a))[0];
}

function isOwnedBy(owners: readonly { readonly uid: string }[], uid: string): boolean {
  return owners.some((owner) => owner.uid === uid);
}

function staleJob({ job, attempt }: AttemptState): Observation | undefined {
  return job && isForeign(job, attempt) ? { phase: 'absent' } : undefined;
}

function jobCompleted({ job }: AttemptState): Observation | undefined {
  const isComplete = job && (conditionOf(job, 'Complete') ?? conditionOf(job, 'SuccessCriteriaMet'));
  return isComplete ? { phase: 'ended', outcome: 'succeeded', exitCode: 0 } : undefined;
}

/** The one rule of the failure policy has matched: the pod may be gone already. */
function jobDisrupted({ job, pod }: AttemptState): Observation | undefined {
  const failure = failureOf(job);
  if (failure?.reason !== 'PodFailurePolicy') return undefined;
  const exitCode = pod && containerOf(pod)?.state.terminated?.exitCode;
  const reason = preemptionReason(pod && conditionOf(pod, 'DisruptionTarget'));
  return { phase: 'ended', outcome: 'preempted', ...(exitCode !== undefined && { exitCode }), reason };
}

/** A pod that failed by itself stays beside its Job: this one was deleted. */
function jobFailedWithoutPod({ job, pod }: AttemptState): Observation | undefined {
  if (pod || !failureOf(job)) return undefined;
  return { phase: 'ended', outcome: 'lost', reason: 'its pod was deleted' };
}

/** A pod that outlives its Job has been told to stop: it is waited for, lest it publish after a `clear`. */
function jobVanished({ job, pod }: AttemptState): Observation | undefined {
  const isGone = !job || job.metadata.deletionTimestamp !== undefined;
  return isGone && (!pod || hasEnded(pod)) ? { phase: 'absent' } : undefined;
}

function podEnded({ job, pod }: AttemptState): Observation | undefined {
  return pod && hasEnded(pod) ? endOfPod(pod, failureOf(job) !== undefined) : undefined;
}

/** Quota or admission may refuse pods; one that was there comes and goes with a word of the Job. */
function podMissing({ job, pod, attempt, now, limits }: AttemptState): Observation | undefined {
  if (pod || !job) return undefined;
  if (attempt.hasStarted) return { phase: 'running' };
  const { name, creationTimestamp } = job.metadata;
  const reason = `its Job has made no pod (see 'kubectl describe job ${name}')`;
  const isOver = hasPassed(creationTimestamp, limits.unschedulableSeconds, now);
  return isOver ? lost(`${reason} for ${limits.unschedulableSeconds} s`) : { phase: 'queued' };
}

function podWaits({ pod, now, limits }: AttemptState): Observation | undefined {
  if (pod?.status.phase !== 'Pending') return undefined;
  const wait = pendingReason(pod);
  if (!wait) return { phase: 'queued' };
  const { outcome, limit } = ends[wait.kind];
  const isOver = hasPassed(wait.since, limits[limit], now);
  if (!isOver) return { phase: 'queued', reason: wait.reason };
  return { phase: 'ended', outcome, reason: `${wait.reason} (given up after ${limits[limit]} s)` };
}

/** What a pod that waits too long comes to: a lack of nodes is nobody's fault, wrong settings are charged. */
const ends = {
  unschedulable: { outcome: 'lost', limit: 'unschedulableSeconds' },
  image: { outcome: 'failed', limit: 'imagePullSeconds' },
  config: { outcome: 'failed', limit: 'podConfigSeconds' },
} as const;

/** `FailureTarget` comes first; `Failed` is withheld while a pod terminates. */
function failureOf(job: Job | undefined): Condition | undefined {
  return job && (conditionOf(job, 'Failed') ?? conditionOf(job, 'FailureTarget'));
}

function isJobOver(job: Job): boolean {
  return (conditionOf(job, 'Complete') ?? conditionOf(job, 'SuccessCriteriaMet') ?? failureOf(job)) !== undefined;
}
