import { exitCodes } from '../../../tasks/runtime/exit-codes.ts';
import type { AttemptEnd, Outcome } from '../../orchestrator/executor.ts';
import { lastError } from '../last-error.ts';
import { type Condition, conditionOf, type Pod } from './kubernetes-objects.ts';

/** The name of the container that does the task; others may have been injected. */
export const taskContainer = 'task';

type Container = Pod['status']['containerStatuses'][number];

export function containerOf({ status }: Pod): Container | undefined {
  return status.containerStatuses.find(({ name }) => name === taskContainer);
}

export function hasEnded(pod: Pod): boolean {
  return pod.status.phase === 'Failed' || hasSucceeded(pod);
}

/** The kubelet reports the container's end a second before the pod's; the next task can start by then. */
function hasSucceeded(pod: Pod): boolean {
  const { phase } = pod.status;
  return phase === 'Succeeded' || (phase === 'Running' && containerOf(pod)?.state.terminated?.exitCode === 0);
}

/** @param disruption the pod's `DisruptionTarget`, unless the pod is gone: it names what evicted it */
export function preemptionReason(disruption: Condition | undefined): string {
  return `its pod was evicted${disruption?.reason ? ` (${disruption.reason})` : ''}`;
}

/** A container that ran when the power was cut: the kubelet of the next boot does not know how it ended. */
const unknownEnds: readonly (string | undefined)[] = ['Unknown', 'ContainerStatusUnknown'];
const killedBySignal: readonly number[] = [exitCodes.stopped, 137];

/**
 * How a pod has ended.
 * @param hasJobFailed whether the Job counts it as a failure, which overrules the pod's own disruption
 */
export function endOfPod(pod: Pod, hasJobFailed: boolean): AttemptEnd {
  const { reason, message } = pod.status;
  const disruption = conditionOf(pod, 'DisruptionTarget');
  const end = containerOf(pod)?.state.terminated;
  const ended = (outcome: Outcome, why?: string): AttemptEnd => ({
    outcome,
    ...(end && { exitCode: end.exitCode }),
    ...(why && { reason: why }),
  });

  if (hasSucceeded(pod)) return ended('succeeded');
  if (disruption && !hasJobFailed) return ended('preempted', preemptionReason(disruption));
  if (reason === 'DeadlineExceeded') return ended('timed-out', message ?? reason);
  if (!end) return ended('lost', `the node refused its pod: ${message ?? reason ?? 'no container was started'}`);
  if (unknownEnds.includes(end.reason)) return ended('lost', 'its node went down');
  if (end.reason === 'OOMKilled') return ended('failed', 'it needed more memory than its limit (OOMKilled)');
  if (pod.metadata.deletionTimestamp && killedBySignal.includes(end.exitCode))
    return ended('lost', 'its pod was deleted');
  const outcome = end.exitCode === exitCodes.timedOut ? 'timed-out' : 'failed';
  return ended(outcome, lastError(end.message ?? '') ?? `exited ${end.exitCode}`);
}

export interface PendingReason {
  readonly kind: 'unschedulable' | 'image' | 'config';
  /** As the scheduler or the kubelet reports it. */
  readonly reason: string;
  readonly since: Date;
}

/** The waiting reasons of the kubelet's `pkg/kubelet/images`; a pull that is merely slow is `ContainerCreating`. */
const imageReasons: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'InvalidImageName',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]);

/** Of its `pkg/kubelet/kuberuntime`: a missing Secret or ConfigMap, an image that runs as root, no such command. */
const configReasons: ReadonlySet<string> = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'PreCreateHookError',
  'RunContainerError',
]);

/** What keeps a pending pod from starting; undefined where it starts as usual. */
export function pendingReason(pod: Pod): PendingReason | undefined {
  const { creationTimestamp } = pod.metadata;
  const unscheduled = conditionOf(pod, 'PodScheduled', 'False');
  if (unscheduled) {
    const reason = `no node fits: ${unscheduled.message ?? unscheduled.reason ?? ''}`;
    return { kind: 'unschedulable', reason, since: unscheduled.lastTransitionTime ?? creationTimestamp };
  }
  const waiting = containerOf(pod)?.state.waiting;
  const kind = kindOf(waiting?.reason ?? '');
  if (!kind) return undefined;
  const reason = [waiting?.reason, waiting?.message].filter((word) => word !== undefined).join(': ');
  return { kind, reason, since: pod.status.startTime ?? creationTimestamp };
}

function kindOf(reason: string): PendingReason['kind'] | undefined {
  if (imageReasons.has(reason)) return 'image';
  return configReasons.has(reason) ? 'config' : undefined;
}
