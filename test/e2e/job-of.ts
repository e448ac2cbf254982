import { z } from 'zod';
import { type Manifest, manifestSchema } from '../support/kustomize.ts';

const jobSpec = z.looseObject({
  template: z.looseObject({
    spec: z.looseObject({
      containers: z.tuple([z.looseObject({ env: z.array(z.looseObject({ name: z.string() })).default([]) })]),
    }),
  }),
});

const jobSchema = z.looseObject({ kind: z.literal('Job'), spec: jobSpec });
const cronJobSchema = z.looseObject({
  kind: z.literal('CronJob'),
  spec: z.looseObject({ jobTemplate: z.looseObject({ spec: jobSpec }) }),
});

export interface Variation {
  readonly name: string;
  readonly args?: readonly string[];
  /** Wins over what the container's environment has already. */
  readonly env?: Readonly<Record<string, string>>;
  /** The host that it is to run on, while that is there. */
  readonly host?: string;
  readonly backoffLimit?: number;
}

/** A Job as the CronJob would start it, or like another Job, but for a variation. */
export function jobOf(source: Manifest, { name, args, env = {}, host, backoffLimit }: Variation): Manifest {
  const spec = specOf(source);
  const { template } = spec;
  const [container] = template.spec.containers;
  const added = Object.entries(env).map(([variable, value]) => ({ name: variable, value }));
  const pod = {
    ...template.spec,
    ...(host !== undefined && { affinity: { nodeAffinity: preferHost(host) } }),
    containers: [{ ...container, ...(args && { args }), env: [...container.env, ...added] }],
  };
  return manifestSchema.parse({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: source.metadata.namespace },
    spec: { ...spec, ...(backoffLimit !== undefined && { backoffLimit }), template: { ...template, spec: pod } },
  });
}

/** Where attempts are to run, as the orchestrator's SPOT_POD takes it. */
export function placementOn(host: string): string {
  return JSON.stringify({ nodeSelector: {}, affinity: { nodeAffinity: preferHost(host) } });
}

function specOf(source: Manifest): z.output<typeof jobSpec> {
  return source.kind === 'CronJob' ? cronJobSchema.parse(source).spec.jobTemplate.spec : jobSchema.parse(source).spec;
}

function preferHost(host: string) {
  const preference = { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [host] }] };
  return { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference }] };
}
