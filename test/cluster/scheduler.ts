import type { V1Node, V1NodeSelectorTerm, V1Pod } from '@kubernetes/client-node';
import type { ClusterState } from './cluster-state.ts';
import { hasCondition, withCondition } from './resource.ts';

/** Binds each pending pod to the node that it prefers among those that it may run on, or marks it unschedulable. */
export function schedulePods(state: ClusterState): void {
  for (const pod of state.pods.all) {
    if (pod.spec?.nodeName || pod.status?.phase !== 'Pending' || pod.metadata?.deletionTimestamp) continue;
    const fitting = state.nodes.all.filter((node) => isSchedulable(node) && fits(pod, node));
    const [best] = fitting.sort((a, b) => preference(pod, b) - preference(pod, a));
    if (best) bind(state, pod, best);
    else markUnschedulable(state, pod);
  }
}

function isSchedulable({ spec, status }: V1Node): boolean {
  return !spec?.unschedulable && hasCondition(status?.conditions, 'Ready');
}

function fits({ spec }: V1Pod, node: V1Node): boolean {
  const labels = node.metadata?.labels ?? {};
  const isSelected = Object.entries(spec?.nodeSelector ?? {}).every(([name, value]) => labels[name] === value);
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return isSelected && (terms?.some((term) => matches(term, node)) ?? true);
}

function preference({ spec }: V1Pod, node: V1Node): number {
  const preferred = spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return preferred.reduce((sum, term) => sum + (matches(term.preference, node) ? term.weight : 0), 0);
}

function matches({ matchExpressions = [], matchFields = [] }: V1NodeSelectorTerm, node: V1Node): boolean {
  const labels: Readonly<Record<string, string | undefined>> = {
    ...node.metadata?.labels,
    'metadata.name': node.metadata?.name,
  };
  return [...matchExpressions, ...matchFields].every(({ key, operator, values = [] }) => {
    const label = labels[key];
    if (operator === 'Exists') return label !== undefined;
    if (operator === 'DoesNotExist') return label === undefined;
    const isIn = label !== undefined && values.includes(label);
    return operator === 'NotIn' ? !isIn : isIn;
  });
}

function bind(state: ClusterState, pod: V1Pod, node: V1Node): void {
  state.pods.update(pod, (bound) => {
    const conditions = withCondition(bound.status?.conditions, { type: 'PodScheduled', status: 'True' }, state.now());
    bound.status = { ...bound.status, conditions };
    if (bound.spec && node.metadata?.name) bound.spec.nodeName = node.metadata.name;
  });
}

function markUnschedulable(state: ClusterState, pod: V1Pod): void {
  const message = `0/${state.nodes.all.length} nodes are available: none matched Pod's node affinity/selector.`;
  const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
  state.pods.update(pod, (waiting) => {
    waiting.status = {
      ...waiting.status,
      conditions: withCondition(waiting.status?.conditions, condition, state.now()),
    };
  });
}
