import type { Observation } from '../../orchestrator/executor.ts';
import type { AttemptState } from './attempt-facts.ts';
import { type Condition, conditionOf } from './kubernetes-objects.ts';
import { containerOf } from './pod-end.ts';
import { toleratedSeconds } from './pod-placement.ts';

export function nodeGone({ pod, nodes }: AttemptState): Observation | undefined {
  const name = pod?.spec.nodeName;
  if (!name || !nodes || nodes.some(({ metadata }) => metadata.name === name)) return undefined;
  return lost(`its node ${name} is gone`);
}

/**
 * `Unknown` is the control plane's word, long after the kubelet fell silent. `False` is the kubelet's own: it lives,
 * perhaps shuts down in good order, and what it says of the pod holds.
 */
export function nodeNotReady({ pod, nodes, now, limits }: AttemptState): Observation | undefined {
  const node = nodes?.find(({ metadata }) => metadata.name === pod?.spec.nodeName);
  if (!node) return undefined;
  const isSilent = hasStood(conditionOf(node, 'Ready', 'Unknown'), limits.nodeSilentSeconds, now);
  const isUnfit = hasStood(conditionOf(node, 'Ready', 'False'), toleratedSeconds, now);
  return isSilent || isUnfit ? lost(`its node ${node.metadata.name} is not ready`) : undefined;
}

/** All that is seen of a dead node where nodes may not be read: the container `runs`, yet its pod is not ready. */
export function podNotReady({ pod, nodes, now }: AttemptState): Observation | undefined {
  if (!pod || nodes || !containerOf(pod)?.state.running) return undefined;
  const isStale = hasStood(conditionOf(pod, 'Ready', 'False'), toleratedSeconds, now);
  return isStale ? lost(`its node ${pod.spec.nodeName ?? ''} does not answer`) : undefined;
}

const hangsAfterSeconds = 10;

/** Also a pod deleted by force: the Job's finalizer keeps it, and the Job waits for ever. */
export function podHangsTerminating({ pod, now }: AttemptState): Observation | undefined {
  const end = pod?.metadata.deletionTimestamp;
  return end && hasPassed(end, hangsAfterSeconds, now) ? lost('its pod hangs terminating') : undefined;
}

export function lost(reason: string): Observation {
  return { phase: 'ended', outcome: 'lost', reason };
}

function hasStood(condition: Condition | undefined, seconds: number, now: Date): boolean {
  return condition !== undefined && hasPassed(condition.lastTransitionTime ?? new Date(0), seconds, now);
}

export function hasPassed(since: Date, seconds: number, now: Date): boolean {
  return now.getTime() >= since.getTime() + seconds * 1000;
}
