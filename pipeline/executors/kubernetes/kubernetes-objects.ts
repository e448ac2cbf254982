import { z } from 'zod';

/** Where kubelets keep their Leases. */
export const nodeLeaseNamespace = 'kube-node-lease';

// the client turns times into Dates, a file has them as text
const time = z.union([z.date(), z.iso.datetime({ offset: true })]).transform((value) => new Date(value));

const conditionSchema = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
  lastTransitionTime: time.nullish(),
});

const conditions = z.array(conditionSchema).default([]);

const metadata = {
  name: z.string(),
  uid: z.string(),
  creationTimestamp: time,
  /** When it should be gone: the request to delete it, and its grace period. */
  deletionTimestamp: time.optional(),
};

export const jobSchema = z.object({
  metadata: z.object(metadata),
  status: z.object({ conditions }).prefault({}),
});

const containerStatusSchema = z.object({
  name: z.string(),
  state: z
    .object({
      waiting: z.object({ reason: z.string().optional(), message: z.string().optional() }).optional(),
      running: z.object({}).optional(),
      terminated: z
        .object({ exitCode: z.number(), reason: z.string().optional(), message: z.string().optional() })
        .optional(),
    })
    .prefault({}),
});

export const podSchema = z.object({
  metadata: z.object({
    ...metadata,
    labels: z.record(z.string(), z.string()).default({}),
    ownerReferences: z.array(z.object({ uid: z.string() })).default([]),
  }),
  spec: z.object({ nodeName: z.string().optional() }),
  status: z
    .object({
      phase: z.string().default('Pending'),
      reason: z.string().optional(),
      message: z.string().optional(),
      /** When the kubelet accepted it. */
      startTime: time.optional(),
      conditions,
      containerStatuses: z.array(containerStatusSchema).default([]),
    })
    .prefault({}),
});

export const nodeSchema = z.object({
  metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) }),
  status: z.object({ conditions }).prefault({}),
});

/** A kubelet renews it every 10 s. */
export const nodeLeaseSchema = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({ renewTime: time }),
});

export const eventSchema = z.object({
  reason: z.string().optional(),
  message: z.string().optional(),
  involvedObject: z.object({ kind: z.string().optional(), name: z.string().optional() }),
});

/** What is used of the API's objects. */
export type Condition = Readonly<z.output<typeof conditionSchema>>;
export type Job = Readonly<z.output<typeof jobSchema>>;
export type Pod = Readonly<z.output<typeof podSchema>>;
export type Node = Readonly<z.output<typeof nodeSchema>>;
export type NodeLease = Readonly<z.output<typeof nodeLeaseSchema>>;

/** The condition of this type, if it has the wanted status. */
export function conditionOf(
  { status }: { readonly status: { readonly conditions: readonly Condition[] } },
  type: string,
  wanted = 'True',
): Condition | undefined {
  return status.conditions.find((condition) => condition.type === type && condition.status === wanted);
}
