import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

export const manifestSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});

/** An object as the API takes it, narrowed to what all of them have. */
export type Manifest = z.output<typeof manifestSchema>;

export function hasKubectl(): boolean {
  return spawnSync('kubectl', ['version', '--client']).status === 0;
}

/** What `kubectl apply -k k8s/<folder>` would send. */
export function buildManifests(folder: string): Manifest[] {
  const path = fileURLToPath(new URL(`../../k8s/${folder}`, import.meta.url));
  return parseManifests(execFileSync('kubectl', ['kustomize', path], { encoding: 'utf8', maxBuffer: 2 ** 24 }));
}

export function parseManifests(yaml: string): Manifest[] {
  return parseAllDocuments(yaml).map((document) => manifestSchema.parse(document.toJS()));
}
