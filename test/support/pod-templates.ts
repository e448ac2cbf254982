import { z } from 'zod';
import type { Manifest } from './kustomize.ts';

const named = z.looseObject({ name: z.string(), optional: z.boolean().optional() });

const container = z.looseObject({
  name: z.string(),
  image: z.string(),
  envFrom: z.array(z.looseObject({ configMapRef: named.optional(), secretRef: named.optional() })).default([]),
  env: z
    .array(z.looseObject({ name: z.string(), valueFrom: z.looseObject({ secretKeyRef: named.optional() }).optional() }))
    .default([]),
  resources: z.unknown(),
  securityContext: z.unknown(),
  volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })).default([]),
});

const podTemplate = z.looseObject({
  metadata: z.looseObject({ labels: z.record(z.string(), z.string()) }),
  spec: z.looseObject({
    serviceAccountName: z.string().optional(),
    automountServiceAccountToken: z.boolean().optional(),
    enableServiceLinks: z.boolean().optional(),
    securityContext: z.unknown(),
    containers: z.array(container),
    volumes: z.array(z.looseObject({ name: z.string(), emptyDir: z.unknown().optional() })).default([]),
  }),
});

export type PodTemplate = z.output<typeof podTemplate>;

const workload = z.looseObject({ spec: z.looseObject({ template: podTemplate }) });
const cronJob = z.looseObject({ spec: z.looseObject({ jobTemplate: workload }) });

/** The pod that a Job, Deployment or CronJob makes; undefined for what makes none. */
export function podTemplateOf(manifest: Manifest): PodTemplate | undefined {
  if (manifest.kind === 'CronJob') return cronJob.parse(manifest).spec.jobTemplate.spec.template;
  const isWorkload = ['Job', 'Deployment'].includes(manifest.kind);
  return isWorkload ? workload.parse(manifest).spec.template : undefined;
}

/** The Secrets and ConfigMaps that a pod cannot start without. */
export function environmentSources({ spec }: PodTemplate): { readonly kind: string; readonly name: string }[] {
  const sources = spec.containers.flatMap(({ envFrom, env }) => [
    ...envFrom.map(({ configMapRef }) => ({ kind: 'ConfigMap', source: configMapRef })),
    ...envFrom.map(({ secretRef }) => ({ kind: 'Secret', source: secretRef })),
    ...env.map(({ valueFrom }) => ({ kind: 'Secret', source: valueFrom?.secretKeyRef })),
  ]);
  return sources.flatMap(({ kind, source }) => (source && !source.optional ? [{ kind, name: source.name }] : []));
}
