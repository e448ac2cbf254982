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

/** How long a pod bears a node that does not answer before it is evicted; the cluster's default is 300. */
export const toleratedSeconds = 30;

const leaveDeadNodes = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].map((key) => ({
  key,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: toleratedSeconds,
}));

/**
 * Where an attempt may run. Spot is preferred, not required, on the DAG's nodes. On-demand is any node that no known
 * label calls spot: the DAG's node selector is left out, since it may well name the spot nodes.
 * What the operator gives replaces these defaults field by field; tolerations are added.
 */
export function podPlacement(
  placement: Placement,
  { nodeSelector }: PodShape,
  { tolerations = [], ...given }: PodPlacement,
): Pick<V1PodSpec, 'nodeSelector' | 'affinity' | 'tolerations' | 'topologySpreadConstraints'> {
  const usual = placement === 'spot' ? { nodeSelector, affinity: preferSpot } : { affinity: requireOnDemand };
  return { ...usual, ...given, tolerations: [...leaveDeadNodes, ...tolerations] };
}
