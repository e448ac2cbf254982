import { z } from 'zod';

const metadata = z.object({
  name: z.string(),
  uid: z.string(),
  labels: z.record(z.string(), z.string()).default({}),
});

const conditions = z.array(z.object({ type: z.string(), status: z.string() })).default([]);

const jobSchema = z.object({
  kind: z.literal('Job'),
  metadata: metadata.extend({
    ownerReferences: z.array(z.object({ kind: z.string(), name: z.string() })).default([]),
  }),
  status: z.object({ conditions }).prefault({}),
});

const podSchema = z.object({
  kind: z.literal('Pod'),
  metadata,
  spec: z.object({ nodeName: z.string().optional() }),
  status: z
    .object({
      phase: z.string().default('Pending'),
      containerStatuses: z
        .array(
          z.object({
            state: z
              .object({
                running: z.object({}).optional(),
                terminated: z.object({ exitCode: z.number(), reason: z.string().optional() }).optional(),
              })
              .prefault({}),
          }),
        )
        .default([]),
    })
    .prefault({}),
});

const nodeSchema = z.object({
  kind: z.literal('Node'),
  metadata,
  spec: z
    .object({
      unschedulable: z.boolean().default(false),
      taints: z.array(z.object({ key: z.string(), effect: z.string() })).default([]),
    })
    .prefault({}),
  status: z.object({ conditions }).prefault({}),
});

const listSchema = z.object({ items: z.array(z.discriminatedUnion('kind', [jobSchema, podSchema, nodeSchema])) });

export type Job = z.output<typeof jobSchema>;
export type Pod = z.output<typeof podSchema>;
export type Node = z.output<typeof nodeSchema>;

/** What stands in the cluster at one moment. */
export interface ClusterState {
  readonly jobs: readonly Job[];
  readonly pods: readonly Pod[];
  readonly nodes: readonly Node[];
}

/** Reads what `kubectl get jobs,pods,nodes -o json` prints. */
export function readState(list: unknown): ClusterState {
  const { items } = listSchema.parse(list);
  return {
    jobs: items.filter((item) => item.kind === 'Job'),
    pods: items.filter((item) => item.kind === 'Pod'),
    nodes: items.filter((item) => item.kind === 'Node'),
  };
}

export function hasCondition({ status }: Job | Node, type: string): boolean {
  return status.conditions.some((condition) => condition.type === type && condition.status === 'True');
}

export function isReady(node: Node): boolean {
  return hasCondition(node, 'Ready');
}

/** What is decided comes first: the last word is withheld for as long as a pod of the Job hangs on a dead node. */
export function hasSucceeded(job: Job): boolean {
  return hasCondition(job, 'Complete') || hasCondition(job, 'SuccessCriteriaMet');
}

export function hasEnded(job: Job): boolean {
  return hasSucceeded(job) || hasCondition(job, 'Failed') || hasCondition(job, 'FailureTarget');
}

export function hostOf({ metadata: { name, labels } }: Node): string {
  return labels['kubernetes.io/hostname'] ?? name;
}

/**
 * The nodes that tasks can run on. Those that also hold the control plane come first, and are never the ones to lose.
 */
export function workers(nodes: readonly Node[]): Node[] {
  const usable = nodes.filter(
    (node) => isReady(node) && !node.spec.unschedulable && node.spec.taints.every(({ effect }) => isSoft(effect)),
  );
  return usable.toSorted((a, b) => Number(isControlPlane(b)) - Number(isControlPlane(a)));
}

export function isControlPlane({ metadata: { labels } }: Node): boolean {
  return 'node-role.kubernetes.io/control-plane' in labels;
}

function isSoft(effect: string): boolean {
  return effect === 'PreferNoSchedule';
}
