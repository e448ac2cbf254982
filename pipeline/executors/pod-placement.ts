import type { V1Affinity, V1NodeSelectorTerm, V1PodSpec } from '@kubernetes/client-node';
import { z } from 'zod';
import type { PodShape } from '../definition/dag.ts';
import type { Placement } from '../orchestrator/executor.ts';

const text = z.string();
const seconds = z.int().nonnegative();

const requirement = z.strictObject({
  key: text,
  operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt']),
  values: z.array(text).exactOptional(),
});

const term = z.strictObject({
  matchExpressions: z.array(requirement).exactOptional(),
  matchFields: z.array(requirement).exactOptional(),
});

const nodeAffinity = z.strictObject({
  requiredDuringSchedulingIgnoredDuringExecution: z.strictObject({ nodeSelectorTerms: z.array(term) }).exactOptional(),
  preferredDuringSchedulingIgnoredDuringExecution: z
    .array(z.strictObject({ weight: z.int().min(1).max(100), preference: term }))
    .exactOptional(),
});

const toleration = z.strictObject({
  key: text.exactOptional(),
  operator: z.enum(['Exists', 'Equal']).exactOptional(),
  value: text.exactOptional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).exactOptional(),
  tolerationSeconds: seconds.exactOptional(),
});

const spread = z.strictObject({
  maxSkew: z.int().min(1),
  topologyKey: text,
  whenUnsatisfiable: z.enum(['DoNotSchedule', 'ScheduleAnyway']),
  minDomains: z.int().min(1).exactOptional(),
  labelSelector: z.strictObject({ matchLabels: z.record(text, text) }).exactOptional(),
});

/** The part of a pod's spec that says where it may run, as an operator writes it for one cloud. */
export const podPlacementSchema = z.strictObject({
  nodeSelector: z.record(text, text).exactOptional(),
  affinity: z.strictObject({ nodeAffinity: nodeAffinity.exactOptional() }).exactOptional(),
  tolerations: z.array(toleration).exactOptional(),
  topologySpreadConstraints: z.array(spread).exactOptional(),
});

export type PodPlacement = Readonly<z.output<typeof podPlacementSchema>>;

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
