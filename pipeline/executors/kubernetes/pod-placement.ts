import type { V1Affinity, V1NodeSelectorTerm, V1PodSpec } from '@kubernetes/client-node';
import type { PodShape } from '../../orchestrator/dag.ts';
import type { Placement } from '../../orchestrator/executor.ts';
import type { PodPlacement } from '../../settings/pod-placement-schema.ts';

/** By which label, of which value, clouds and autoscalers mark a spot node. */
const spotLabels = [
  ['karpenter.sh/capacity-type', 'spot'],
  ['eks.amazonaws.com/capacityType', 'SPOT'],
  ['lifecycle', 'Ec2Spot'],
  ['cloud.google.com/gke-spot', 'true'],
  ['kubernetes.azure.com/scalesetpriority', 'spot'],
] as const;

const preferSpot: V1Affinity = {
  nodeAffinity: {
    preferredDuringSchedulingIgnoredDuringExecution: spotLabels.map(([key, value]) => ({
      weight: 100,
      preference: { matchExpressions: [{ key, operator: 'In', values: [value] }] },
    })),
  },
};

const noSpot: V1NodeSelectorTerm = {
  matchExpressions: spotLabels.map(([key, value]) => ({ key, operator: 'NotIn', values: [value] })),
};

const requireOnDemand: V1Affinity = {
  nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [noSpot] } },
};

/**
 * Where an attempt may run. Spot is preferred, not required, on the DAG's nodes. On-demand is any node that no known
 * label calls spot: the DAG's node selector is left out, since it may well name the spot nodes.
 * What the operator gives replaces these defaults field by field. A dead node is the orchestrator's to judge, so pods
 * keep the cluster's own tolerations of it (300 s).
 */
export function podPlacement(
  placement: Placement,
  { nodeSelector }: PodShape,
  given: PodPlacement,
  avoidedNodes: readonly string[] = [],
): Pick<V1PodSpec, 'nodeSelector' | 'affinity' | 'tolerations' | 'topologySpreadConstraints'> {
  const usual = placement === 'on-demand' ? { affinity: requireOnDemand } : { nodeSelector, affinity: preferSpot };
  const { affinity, ...placed } = { ...usual, ...given };
  return { ...placed, affinity: avoidedNodes.length > 0 ? avoiding(avoidedNodes, affinity) : affinity };
}

/** For the minute in which the scheduler still takes a dead node for ready. */
function avoiding(nodes: readonly string[], affinity: V1Affinity = {}): V1Affinity {
  const { nodeAffinity } = affinity;
  const { nodeSelectorTerms } = nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? {
    nodeSelectorTerms: [{}],
  };
  const notThese = nodes.map((name) => ({ key: 'metadata.name', operator: 'NotIn', values: [name] }));
  const terms = nodeSelectorTerms.map((term) => ({ ...term, matchFields: [...(term.matchFields ?? []), ...notThese] }));
  return {
    ...affinity,
    nodeAffinity: { ...nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
  };
}
