import { z } from 'zod';

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
