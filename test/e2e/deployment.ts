import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { catalogue } from '../../tasks/artifacts/catalogue.ts';
import { kubectl } from './kubectl.ts';
import type { Settings } from './settings.ts';

const overlay = fileURLToPath(new URL('../../k8s/overlays/kind', import.meta.url));
const imageNames = ['orchestrator', ...Object.values(catalogue).map(({ entrypoint }) => entrypoint)];
const servers = { postgres: 5432, s3: 9000 } as const;

export interface Deployment extends Pick<Settings, 'image' | 'databaseUrl' | 'store'> {
  readonly namespace: string;
  /** The host that keeps PostgreSQL and the store, and so is not to be lost. */
  readonly safeHost: string | undefined;
}

interface Patch {
  readonly target: Readonly<Record<string, string>>;
  readonly patch: string;
  readonly options?: { readonly allowNameChange: true };
}

/** What kustomize makes of the kind overlay, as YAML: another namespace, and what is given from outside. */
export async function buildDeployment(deployment: Deployment): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'e2e-'));
  try {
    const file = {
      namespace: deployment.namespace,
      resources: [relative(folder, overlay)],
      patches: patches(deployment),
    };
    await writeFile(join(folder, 'kustomization.yaml'), JSON.stringify(file));
    return await kubectl(['kustomize', folder]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function patches(deployment: Deployment): Patch[] {
  const { namespace, image, databaseUrl, store, safeHost } = deployment;
  return [
    // wakes only in the scenario that wants it
    edit({ kind: 'CronJob' }, { '/spec/suspend': true }),
    // the scenarios' own bucket, and checkpoints early enough to be there when a node is lost
    edit({ kind: 'ConfigMap', name: 'tasks' }, { '/data/S3_BUCKET': namespace, '/data/CHECKPOINT_AFTER_SECONDS': '2' }),
    ...clusterWideNames(`${namespace}-node-reader`),
    ...(image === undefined ? [] : imagePatches(image)),
    ...(databaseUrl === undefined ? stay('postgres', safeHost) : outsideDatabase(databaseUrl)),
    ...(store === undefined ? stay('s3', safeHost) : outsideStore(store)),
  ];
}

function clusterWideNames(name: string): Patch[] {
  return [
    { ...edit({ kind: 'ClusterRole' }, { '/metadata/name': name }), options: { allowNameChange: true } },
    { ...edit({ kind: 'ClusterRoleBinding' }, { '/metadata/name': name }), options: { allowNameChange: true } },
  ];
}

function imagePatches(pattern: string): Patch[] {
  const imageOf = (task: string) => pattern.replaceAll('{task}', task);
  const variables = imageNames.map((task) => [`IMAGE_${task.toUpperCase().replaceAll('-', '_')}`, imageOf(task)]);
  const pod = '/spec/template/spec/containers/0/image';
  return [
    edit({ kind: 'ConfigMap', name: 'images' }, { '/data': Object.fromEntries(variables) }),
    edit({ kind: 'CronJob' }, { [`/spec/jobTemplate${pod}`]: imageOf('orchestrator') }),
    edit({ kind: 'Job', name: 'seed-loans' }, { [pod]: imageOf('orchestrator') }),
  ];
}

function stay(server: keyof typeof servers, host: string | undefined): Patch[] {
  const path = '/spec/template/spec/nodeSelector';
  return host === undefined
    ? []
    : [edit({ kind: 'Deployment', name: server }, { [path]: { 'kubernetes.io/hostname': host } })];
}

function outsideDatabase(url: string): Patch[] {
  return [...without('postgres'), secret({ DATABASE_URL: url }), egress(Number(new URL(url).port || 5432))];
}

function outsideStore({ endpoint, credentials }: NonNullable<Settings['store']>): Patch[] {
  const { port, protocol } = new URL(endpoint);
  return [
    ...without('s3'),
    secret(credentials),
    edit({ kind: 'ConfigMap', name: 'tasks' }, { '/data/AWS_ENDPOINT_URL_S3': endpoint }),
    egress(Number(port || (protocol === 'https:' ? 443 : 80))),
  ];
}

function without(server: keyof typeof servers): Patch[] {
  return [
    remove('apps/v1', 'Deployment', server), //
    remove('v1', 'Service', server),
  ];
}

function remove(apiVersion: string, kind: string, name: string): Patch {
  return { target: { kind, name }, patch: JSON.stringify({ $patch: 'delete', apiVersion, kind, metadata: { name } }) };
}

function secret(values: Readonly<Record<string, string>>): Patch {
  const data = Object.entries(values).map(([name, value]) => [`/data/${name}`, btoa(value)]);
  return edit({ kind: 'Secret', name: 'credentials' }, Object.fromEntries(data));
}

function egress(port: number): Patch {
  return edit({ kind: 'NetworkPolicy', name: 'egress' }, { '/spec/egress/-': { ports: [{ protocol: 'TCP', port }] } });
}

/** Puts a value at each path of an object, in the way of JSON Patch, whether there was one before or not. */
function edit(target: Patch['target'], values: Readonly<Record<string, unknown>>): Patch {
  const operations = Object.entries(values).map(([path, value]) => ({ op: 'add', path, value }));
  return { target, patch: JSON.stringify(operations) };
}
