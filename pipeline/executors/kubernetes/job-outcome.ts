import type { AttemptEnd, Observation, OpenAttempt } from '../../orchestrator/executor.ts';
import type { WaitLimits } from '../../settings/cluster-settings.ts';
import { type Condition, conditionOf, type Job, type Pod } from './kubernetes-objects.ts';
import type { NodeState } from './node-watch.ts';
import { containerOf, endOfPod, hasEnded, pendingReason, preemptionReason } from './pod-state.ts';

/**
 * What the API holds of an attempt, read in this order: the Job, its newest pod, the pod's node. The pod is then not
 * older than a failure of its Job.
 */
export interface AttemptState {
  readonly job: Job | undefined;
  readonly pod: Pod | undefined;
  /** Why the Job has made no pod, where that is known. */
  readonly podRefusal?: string | undefined;
  readonly node: NodeState;
  readonly attempt: OpenAttempt;
  readonly now: Date;
  readonly limits: WaitLimits;
}

/** Answers where it knows, and else leaves it to the next. */
type Rule = (state: AttemptState) => Observation | undefined;

/** The first answer counts: the Job knows more than the pod, and the pod of a dead node knows nothing. */
const rules: readonly Rule[] = [
  staleJob,
  jobCompleted,
  jobDisrupted,
  jobFailedWithoutPod,
  jobVanished,
  podEnded,
  nodeLost,
  podNotReady,
  podHangsTerminating,
  podMissing,
  podPending,
];

/** What has become of an attempt. Pure; decided by structured conditions, never by the text of a message. */
export function observe(state: AttemptState): Observation {
  for (const rule of rules) {
    const observation = rule(state);
    if (observation) return observation;
  }
  return { phase: 'running' };
}

/** The API server's clock is not the orchestrator's, and its times have whole seconds. */
const clockSkewSeconds = 30;

/** Created before the record queued the attempt: an earlier life of the record left it. */
export function isStale({ metadata }: Job | Pod, { queuedAt }: OpenAttempt): boolean {
  return metadata.creationTimestamp.getTime() < Date.parse(queuedAt) - clockSkewSeconds * 1000;
}

function staleJob({ job, attempt }: AttemptState): Observation | undefined {
  return job && isStale(job, attempt) ? { phase: 'stale' } : undefined;
}

function jobCompleted({ job }: AttemptState): Observation | undefined {
  const isComplete = job && (conditionOf(job, 'Complete') ?? conditionOf(job, 'SuccessCriteriaMet'));
  return isComplete ? ended({ outcome: 'succeeded', exitCode: 0 }) : undefined;
}

/** The one rule of the failure policy has matched: the pod may be gone already. */
function jobDisrupted({ job, pod }: AttemptState): Observation | undefined {
  if (failureOf(job)?.reason !== 'PodFailurePolicy') return undefined;
  const exitCode = pod && containerOf(pod)?.state.terminated?.exitCode;
  const reason = preemptionReason(pod && conditionOf(pod, 'DisruptionTarget'));
  return ended({ outcome: 'preempted', ...(exitCode !== undefined && { exitCode }), reason });
}

/** A pod that failed by itself stays beside its Job: this one was deleted. */
function jobFailedWithoutPod({ job, pod }: AttemptState): Observation | undefined {
  return !pod && failureOf(job) ? ended({ outcome: 'lost', reason: 'its pod was deleted' }) : undefined;
}

/** A pod that outlives its Job is waited for, so that it cannot publish after a `clear`; not where it cannot end. */
function jobVanished(state: AttemptState): Observation | undefined {
  const { job, pod } = state;
  if (job && job.metadata.deletionTimestamp === undefined) return undefined;
  return !pod || hasEnded(pod) || isStuck(state) ? { phase: 'absent' } : undefined;
}

function isStuck(state: AttemptState): boolean {
  return (nodeLost(state) ?? podNotReady(state) ?? podHangsTerminating(state)) !== undefined;
}

function podEnded({ job, pod }: AttemptState): Observation | undefined {
  return pod && hasEnded(pod) ? ended(endOfPod(pod, failureOf(job) !== undefined)) : undefined;
}

function nodeLost({ pod, node }: AttemptState): Observation | undefined {
  if (!pod?.spec.nodeName || (node !== 'gone' && node !== 'silent')) return undefined;
  return stuck('lost', `its node ${pod.spec.nodeName} is ${node}`);
}

const notReadySeconds = 30;

/** The only sign of a dead node where nodes may not be read: the container `runs`, yet its pod is not ready. */
function podNotReady({ pod, node, now }: AttemptState): Observation | undefined {
  if (!pod || node !== 'unknown' || !containerOf(pod)?.state.running) return undefined;
  const condition = conditionOf(pod, 'Ready', 'False');
  const isLost = condition && hasPassed(condition.lastTransitionTime ?? new Date(0), notReadySeconds, now);
  return isLost ? stuck('lost', `its node ${pod.spec.nodeName ?? ''} is silent`) : undefined;
}

const hangsAfterSeconds = 10;

/** Also a pod deleted by force: the Job's finalizer keeps it, and the Job waits for ever. */
function podHangsTerminating({ pod, now }: AttemptState): Observation | undefined {
  const end = pod?.metadata.deletionTimestamp;
  return end && hasPassed(end, hangsAfterSeconds, now) ? stuck('lost', 'its pod hangs terminating') : undefined;
}

/** A quota or an admission policy may refuse pods. Once a pod has run, its end is reported by the Job. */
function podMissing({ job, pod, podRefusal, attempt, now, limits }: AttemptState): Observation | undefined {
  if (pod || !job) return undefined;
  if (attempt.hasStarted) return { phase: 'running' };
  const reason = podRefusal && `its pod is refused: ${podRefusal}`;
  if (hasPassed(job.metadata.creationTimestamp, limits.unschedulableSeconds, now))
    return stuck('lost', givenUp(reason ?? 'its Job made no pod', limits.unschedulableSeconds));
  return reason ? { phase: 'queued', pendingReason: reason } : { phase: 'queued' };
}

function podPending({ pod, now, limits }: AttemptState): Observation | undefined {
  if (pod?.status.phase !== 'Pending') return undefined;
  const pending = pendingReason(pod);
  if (!pending) return { phase: 'queued' };
  const { outcome, limit } = pendingEnds[pending.kind];
  if (!hasPassed(pending.since, limits[limit], now)) return { phase: 'queued', pendingReason: pending.reason };
  return stuck(outcome, givenUp(pending.reason, limits[limit]));
}

/** As what a pod that waits too long is given up: a lack of nodes is not charged, wrong settings are. */
const pendingEnds = {
  unschedulable: { outcome: 'lost', limit: 'unschedulableSeconds' },
  image: { outcome: 'failed', limit: 'imagePullSeconds' },
  config: { outcome: 'failed', limit: 'podConfigSeconds' },
} as const;

export function givenUp(reason: string, seconds: number): string {
  return `${reason} (given up after ${seconds} s)`;
}

/** `FailureTarget` comes first; `Failed` is withheld while a pod terminates. */
function failureOf(job: Job | undefined): Condition | undefined {
  return job && (conditionOf(job, 'Failed') ?? conditionOf(job, 'FailureTarget'));
}

function ended(end: AttemptEnd): Observation {
  return { phase: 'ended', ...end };
}

function stuck(outcome: 'lost' | 'failed', reason: string): Observation {
  return { phase: 'stuck', outcome, reason };
}

export function hasPassed(since: Date, seconds: number, now: Date): boolean {
  return now.getTime() >= since.getTime() + seconds * 1000;
}
