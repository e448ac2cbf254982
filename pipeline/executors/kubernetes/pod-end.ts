import { exitCodes } from '../../../tasks/runtime/exit-codes.ts';
import type { Observation, Outcome } from '../../orchestrator/executor.ts';
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

/** The kubelet tells of a container a second before it tells of its pod, in which the next task may as well begin. */
function hasSucceeded(pod: Pod): boolean {
  const { phase } = pod.status;
  return phase === 'Succeeded' || (phase === 'Running' && containerOf(pod)?.state.terminated?.exitCode === 0);
}

/** @param disruption the pod's `DisruptionTarget`, unless the pod is gone: it names who took it */
export function preemptionReason(disruption: Condition | undefined): string {
  return `its pod was taken away${disruption?.reason ? ` (${disruption.reason})` : ''}`;
}

/** A container that was running when the power went: the kubelet of the next boot does not know how it ended. */
const unknownEnds: readonly (string | undefined)[] = ['Unknown', 'ContainerStatusUnknown'];
const killedBySignal: readonly number[] = [exitCodes.stopped, 137];

/**
 * How a pod has ended.
 * @param hasJobFailed whether the Job has called it a failure, which overrules what the pod says of a disruption
 */
export function endOfPod(pod: Pod, hasJobFailed: boolean): Observation {
  const { reason, message } = pod.status;
  const disruption = conditionOf(pod, 'DisruptionTarget');
  const end = containerOf(pod)?.state.terminated;
  const ended = (outcome: Outcome, why?: string): Observation => ({
    phase: 'ended',
    outcome,
    ...(end && { exitCode: end.exitCode }),
    ...(why && { reason: why }),
  });

  if (hasSucceeded(pod)) return ended('succeeded');
  if (disruption && !hasJobFailed) return ended('preempted', preemptionReason(disruption));
  if (reason === 'DeadlineExceeded') return ended('timed-out', message ?? reason);
  if (!end) return ended('lost', `its pod was refused by the node: ${message ?? reason ?? 'no container was started'}`);
  if (unknownEnds.includes(end.reason)) return ended('lost', 'its node went down under it');
  if (end.reason === 'OOMKilled') return ended('failed', 'it needed more memory than its limit (OOMKilled)');
  if (pod.metadata.deletionTimestamp && killedBySignal.includes(end.exitCode))
    return ended('lost', 'its pod was deleted');
  if (end.exitCode === exitCodes.timedOut) return ended('timed-out', lastError(end.message ?? ''));
  return ended('failed', lastError(end.message ?? '') ?? `exited ${end.exitCode}`);
}
