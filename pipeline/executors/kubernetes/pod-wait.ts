import { conditionOf, type Pod } from './kubernetes-objects.ts';
import { containerOf } from './pod-end.ts';

export interface PodWait {
  readonly kind: 'unschedulable' | 'image' | 'config';
  /** In the words of the scheduler or the kubelet. */
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

/** What keeps a pending pod from starting, or undefined where all goes its way. */
export function pendingReason(pod: Pod): PodWait | undefined {
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

function kindOf(reason: string): PodWait['kind'] | undefined {
  if (imageReasons.has(reason)) return 'image';
  return configReasons.has(reason) ? 'config' : undefined;
}
