/**
 * node test/support/trim-kubernetes-schemas.ts FOLDER
 *
 * Makes kubernetes-schemas.json.gz of the OpenAPI v3 documents in FOLDER, as an API server has them under `/openapi/v3`
 * (`kubectl get --raw /openapi/v3/apis/batch/v1`): the kinds listed here, what they refer to, and no descriptions.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { z } from 'zod';

const kinds = new Set([
  'Job',
  'CronJob',
  'Pod',
  'Node',
  'ConfigMap',
  'Secret',
  'Namespace',
  'Service',
  'ServiceAccount',
  'PersistentVolumeClaim',
  'ResourceQuota',
  'LimitRange',
  'Deployment',
  'StatefulSet',
  'Role',
  'RoleBinding',
  'ClusterRole',
  'ClusterRoleBinding',
  'NetworkPolicy',
  'PodDisruptionBudget',
]);

const documentSchema = z.object({ components: z.object({ schemas: z.record(z.string(), z.unknown()) }) });
const kindSchema = z.object({ 'x-kubernetes-group-version-kind': z.array(z.object({ kind: z.string() })).length(1) });

const [folder = '.'] = process.argv.slice(2);
const schemas = new Map(
  globSync('*.json', { cwd: folder })
    .sort()
    .flatMap((file) =>
      Object.entries(documentSchema.parse(JSON.parse(readFileSync(join(folder, file), 'utf8'))).components.schemas),
    ),
);

const kept = new Map<string, unknown>();
for (const [name, schema] of schemas) {
  const kind = kindSchema.safeParse(schema).data?.['x-kubernetes-group-version-kind'][0]?.kind;
  if (kind && kinds.has(kind)) keep(name);
}
const file = new URL('kubernetes-schemas.json.gz', import.meta.url);
writeFileSync(file, gzipSync(JSON.stringify(Object.fromEntries([...kept].sort())), { level: 9 }));

function keep(name: string): void {
  if (kept.has(name)) return;
  const schema = trimmed(schemas.get(name));
  kept.set(name, schema);
  for (const [, target = ''] of JSON.stringify(schema).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g))
    keep(target);
}

/** Without what says nothing of validity; a property that happens to be called `description` is kept. */
function trimmed(schema: unknown, isNamesOfProperties = false): unknown {
  if (Array.isArray(schema)) return schema.map((item) => trimmed(item));
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).filter(([name]) => isNamesOfProperties || !isRemark(name));
  return Object.fromEntries(
    entries.map(([name, value]) => [name, trimmed(value, name === 'properties' && !isNamesOfProperties)]),
  );
}

function isRemark(keyword: string): boolean {
  if (keyword === 'x-kubernetes-group-version-kind') return false;
  return keyword === 'description' || keyword === 'default' || keyword.startsWith('x-');
}
