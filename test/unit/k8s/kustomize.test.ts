import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { readCluster, readCronJobPlace } from '../../../pipeline/settings/cluster-settings.ts';
import { readPipelineSettings } from '../../../pipeline/settings/pipeline-settings.ts';
import { schemaFaults } from '../../support/kubernetes-schema.ts';
import { buildManifests, hasKubectl, type Manifest, parseManifests } from '../../support/kustomize.ts';
import { environmentSources, podTemplateOf } from '../../support/pod-templates.ts';

const skip = hasKubectl() ? false : 'no kubectl here, whose kustomize builds the overlays';
const folders = ['base', 'overlays/kind', 'overlays/rackspace-spot', 'overlays/eks-spot'];
const overlays = folders.filter((folder) => folder !== 'base');
const namespace = 'credit-default-pipeline';
const built = new Map<string, Manifest[]>(skip ? [] : folders.map((folder) => [folder, buildManifests(folder)]));

describe('every overlay', { skip }, () => {
  for (const folder of folders) {
    test(`${folder} holds what the API server knows, and nothing else`, () => {
      for (const manifest of manifestsOf(folder))
        assert.deepEqual(schemaFaults(withSchema(manifest)), [], nameOf(manifest));
    });

    test(`${folder} puts everything into its namespace`, () => {
      for (const manifest of manifestsOf(folder)) {
        const isClusterWide = ['Namespace', 'ClusterRole', 'ClusterRoleBinding'].includes(manifest.kind);
        assert.equal(manifest.metadata.namespace, isClusterWide ? undefined : namespace, nameOf(manifest));
      }
    });

    test(`${folder} holds its pods to the restricted Pod Security Standard, and to its sizes`, () => {
      const templates = manifestsOf(folder).flatMap((manifest) => podTemplateOf(manifest) ?? []);
      assert.ok(templates.length > 0);
      for (const { spec } of templates) {
        assert.partialDeepStrictEqual(spec.securityContext, podSecurity);
        assert.equal(spec.enableServiceLinks, false);
        for (const volume of spec.volumes) z.object({ sizeLimit: z.string() }).parse(volume.emptyDir);
        for (const container of spec.containers) {
          assert.deepEqual(container.securityContext, containerSecurity, container.name);
          resourcesSchema.parse(container.resources);
          assert.ok(container.volumeMounts.some(({ mountPath }) => mountPath === '/tmp'));
        }
      }
    });

    test(`${folder} gives the orchestrator the rights that it uses, and tasks none`, () => {
      assert.deepEqual(rulesOf('Role', folder), [
        { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create', 'list', 'delete'] },
        { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] },
        { apiGroups: [''], resources: ['events'], verbs: ['list'] },
      ]);
      assert.deepEqual(find(folder, 'RoleBinding', 'orchestrator').subjects, [
        { kind: 'ServiceAccount', name: 'orchestrator', namespace },
      ]);
      assert.equal(find(folder, 'ServiceAccount', 'task').automountServiceAccountToken, false);
    });

    test(`${folder} wakes the orchestrator daily, in a Job that a dead node cannot hold up`, () => {
      assert.partialDeepStrictEqual(find(folder, 'CronJob', namespace), wakingDaily);
      const { spec } = z
        .object({ spec: z.object({ jobTemplate: z.object({ spec: z.looseObject({}) }) }) })
        .parse(find(folder, 'CronJob', namespace)).spec.jobTemplate;
      assert.ok(!('podFailurePolicy' in spec) && !('podReplacementPolicy' in spec));
    });
  }

  for (const folder of overlays) {
    test(`${folder} refers to what it holds, or what its documents say to create`, () => {
      const manifests = [...manifestsOf(folder), ...(folder === 'overlays/kind' ? [] : secretsOfTheUser())];
      const held = new Set(manifests.map(nameOf));
      for (const name of referencesOf(folder)) assert.ok(held.has(name), `${name} is not there`);
    });

    test(`${folder} runs each image from where it is written`, () => {
      const { IMAGE_ORCHESTRATOR, ...tasks } = dataOf(folder, 'images');
      assert.deepEqual(
        Object.entries(tasks).map(([name, image]) => [name, image.split('/').at(-1)?.split(/[:@]/)[0]]),
        ['CREATE_BUCKET', 'EVALUATE_MODEL', 'FETCH_DATA', 'TRAIN_MODEL'].map((name) => [
          `IMAGE_${name}`,
          name.toLowerCase().replace('_', '-'),
        ]),
      );
      for (const container of containersOf(folder, 'CronJob', 'Job')) assert.equal(container.image, IMAGE_ORCHESTRATOR);
    });

    test(`${folder} has no setting that the orchestrator refuses`, () => {
      readCluster({ NAMESPACE: namespace, ...settingsOf(folder) });
    });

    test(`${folder} places pods as the API server takes it`, () => {
      const { SPOT_POD = '', ON_DEMAND_POD = '' } = settingsOf(folder);
      for (const placement of [SPOT_POD, ON_DEMAND_POD]) {
        const spec = { containers: [{ name: 'task' }], ...z.looseObject({}).parse(JSON.parse(placement)) };
        assert.deepEqual(schemaFaults({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'task' }, spec }), []);
      }
    });

    test(`${folder} lets the orchestrator read nodes and their Leases, and no more than that`, () => {
      assert.deepEqual(rulesOf('ClusterRole', folder), [
        { apiGroups: [''], resources: ['nodes'], verbs: ['get'] },
        { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['list'] },
      ]);
      assert.deepEqual(find(folder, 'ClusterRoleBinding', `${namespace}-node-reader`).subjects, [
        { kind: 'ServiceAccount', name: 'orchestrator', namespace },
      ]);
    });

    test(`${folder} holds ${folder === 'overlays/kind' ? 'throw-away secrets only' : 'no secrets'}`, () => {
      const secrets = manifestsOf(folder).filter(({ kind }) => kind === 'Secret');
      if (folder !== 'overlays/kind') return assert.deepEqual(secrets, []);
      const values = Object.values(dataSchema.parse(secrets[0]).data).map((value) => atob(value));
      for (const value of values) assert.match(value, /^(postgres|throw-away(-as-well)?)$/);
    });
  }
});

describe('the network', { skip }, () => {
  const closed = { podSelector: {}, policyTypes: ['Ingress', 'Egress'] };
  const ports = (...list: readonly string[]) => ({
    ports: list.map((text) => ({ port: Number(text.slice(4)), protocol: text.slice(0, 3) })),
  });
  const everyPod = [ports('UDP:53', 'TCP:53'), ports('TCP:5432'), ports('TCP:443')];
  const usual = {
    'default-deny': closed,
    egress: { podSelector: {}, policyTypes: ['Egress'], egress: everyPod },
    'orchestrator-egress': {
      podSelector: { matchLabels: { 'app.kubernetes.io/component': 'orchestrator' } },
      policyTypes: ['Egress'],
      egress: [ports('TCP:443', 'TCP:6443')],
    },
  };

  for (const folder of ['base', 'overlays/rackspace-spot']) {
    test(`of ${folder} is open to DNS, PostgreSQL, the store and, for the orchestrator, the API server`, () => {
      assert.deepEqual(policiesOf(folder), usual);
    });
  }

  test('of overlays/eks-spot is open to the identity agent of the node as well', () => {
    const agent = { to: [{ ipBlock: { cidr: '169.254.170.23/32' } }], ...ports('TCP:80') };
    assert.deepEqual(policiesOf('overlays/eks-spot'), {
      ...usual,
      'pod-identity-egress': { podSelector: {}, policyTypes: ['Egress'], egress: [agent] },
    });
  });

  test("of overlays/kind is open to its own store's port as well, and into its servers from inside", () => {
    const { 'servers-ingress': ingress, ...egress } = policiesOf('overlays/kind');
    assert.deepEqual(egress, { ...usual, egress: { ...usual.egress, egress: [...everyPod, ports('TCP:9000')] } });
    assert.partialDeepStrictEqual(ingress, {
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ podSelector: {} }], ...ports('TCP:5432', 'TCP:9000') }],
    });
  });
});

const podSecurity = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
const containerSecurity = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};
const amounts = z.object({ cpu: z.string(), memory: z.string() });
const resourcesSchema = z.object({ requests: amounts, limits: amounts });
const dataSchema = z.looseObject({ data: z.record(z.string(), z.string()) });

const leaveDeadNodes = ['not-ready', 'unreachable'].map((state) => ({
  key: `node.kubernetes.io/${state}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 30,
}));
const wakingDaily = {
  spec: {
    schedule: '0 * * * *',
    timeZone: 'Etc/UTC',
    concurrencyPolicy: 'Allow',
    jobTemplate: {
      spec: { backoffLimit: 6, template: { spec: { restartPolicy: 'Never', tolerations: leaveDeadNodes } } },
    },
  },
};

/** There is no schema of Deployments here: of them the pod is looked at, which is nearly all there is to them. */
function withSchema(manifest: Manifest): unknown {
  if (manifest.kind !== 'Deployment') return manifest;
  const { metadata, spec } = podTemplateOf(manifest) ?? assert.fail(`${nameOf(manifest)} makes no pod`);
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...manifest.metadata, ...metadata }, spec };
}

function manifestsOf(folder: string): Manifest[] {
  return built.get(folder) ?? [];
}

function nameOf({ kind, metadata }: Manifest): string {
  return `${kind}/${metadata.name}`;
}

function find(folder: string, kind: string, name: string): Manifest {
  const found = manifestsOf(folder).find((manifest) => nameOf(manifest) === `${kind}/${name}`);
  return found ?? assert.fail(`${folder} has no ${kind}/${name}`);
}

function rulesOf(kind: string, folder: string): unknown {
  return manifestsOf(folder).find((manifest) => manifest.kind === kind)?.rules;
}

function policiesOf(folder: string): Record<string, unknown> {
  const policies = manifestsOf(folder).filter(({ kind }) => kind === 'NetworkPolicy');
  return Object.fromEntries(policies.map(({ metadata, spec }) => [metadata.name, spec]));
}

function dataOf(folder: string, name: string): Record<string, string> {
  return dataSchema.parse(find(folder, 'ConfigMap', name)).data;
}

function settingsOf(folder: string): Record<string, string> {
  return { ...dataOf(folder, 'orchestrator'), ...dataOf(folder, 'tasks'), ...dataOf(folder, 'images') };
}

function containersOf(folder: string, ...kinds: readonly string[]) {
  const manifests = manifestsOf(folder).filter(({ kind }) => kinds.includes(kind));
  return manifests.flatMap((manifest) => podTemplateOf(manifest)?.spec.containers ?? []);
}

/** What pods name, and what the orchestrator will name in the Jobs that it creates. */
function referencesOf(folder: string): string[] {
  const { TASK_SERVICE_ACCOUNT, TASK_SECRET, TASK_CONFIG } = settingsOf(folder);
  const templates = manifestsOf(folder).flatMap((manifest) => podTemplateOf(manifest) ?? []);
  const accounts = templates.flatMap(({ spec }) => spec.serviceAccountName ?? []);
  const sources = templates.flatMap(environmentSources).map(({ kind, name }) => `${kind}/${name}`);
  const ofTasks = [`ServiceAccount/${TASK_SERVICE_ACCOUNT}`, `Secret/${TASK_SECRET}`, `ConfigMap/${TASK_CONFIG}`];
  return [...ofTasks, ...accounts.map((name) => `ServiceAccount/${name}`), ...sources];
}

/** The example makes a Secret of its own name. */
function secretsOfTheUser(): Manifest[] {
  const path = new URL('../../../k8s/secret.example.yaml', import.meta.url);
  return parseManifests(readFileSync(path, 'utf8')).map((manifest) => ({ ...manifest, kind: 'Secret' }));
}

describe('the optional components', { skip }, () => {
  test('monitoring pushes metrics to where it opens the way, and changes nothing else of the base', () => {
    const added = addedBy('components/monitoring');
    assert.deepEqual(added.map(nameOf).sort(), ['ConfigMap/orchestrator', 'NetworkPolicy/pushgateway-egress']);
    for (const manifest of added) assert.deepEqual(schemaFaults(withSchema(manifest)), []);
    const settings = z.object({ data: z.record(z.string(), z.string()) });
    const { data } = settings.parse(added.find(({ kind }) => kind === 'ConfigMap'));
    const port = Number(new URL(readPipelineSettings(data).PUSHGATEWAY_URL ?? '').port);
    assert.match(JSON.stringify(added.find(({ kind }) => kind === 'NetworkPolicy')), new RegExp(`"port":${port}`));
  });

  test('ui adds a pod without rights that only shows, on its loopback, in the image of the orchestrator', () => {
    const added = addedBy('components/ui');
    assert.deepEqual(added.map(nameOf).sort(), ['Deployment/ui', 'ServiceAccount/ui']);
    for (const manifest of added) assert.deepEqual(schemaFaults(withSchema(manifest)), []);
    const spec = added.flatMap((manifest) => podTemplateOf(manifest)?.spec ?? [])[0];
    assert.partialDeepStrictEqual(spec?.securityContext, podSecurity);
    assert.equal(spec?.automountServiceAccountToken, false);
    const [container] = spec?.containers ?? [];
    assert.deepEqual(container?.securityContext, containerSecurity);
    assert.deepEqual(container?.args, ['ui', '--read-only', '--port', '8080']);
    assert.match(container?.image ?? '', /\/orchestrator:/);
  });

  test('ui-actions gives it the rights to make Jobs of the CronJob, and no others', () => {
    const added = addedBy('components/ui', 'components/ui-actions');
    for (const manifest of added) assert.deepEqual(schemaFaults(withSchema(manifest)), []);
    const role = z.looseObject({ rules: z.unknown() }).parse(added.find(({ kind }) => kind === 'Role'));
    assert.deepEqual(role.rules, [
      { apiGroups: ['batch'], resources: ['cronjobs'], verbs: ['get'] },
      { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create', 'list'] },
    ]);
    const container = added.flatMap((manifest) => podTemplateOf(manifest)?.spec.containers ?? [])[0];
    assert.deepEqual(container?.args, ['ui', '--executor', 'kubernetes', '--port', '8080']);
    const cronJobs = parseManifests(kustomize(['components/images'])).filter(({ kind }) => kind === 'CronJob');
    const place = readCronJobPlace({ NAMESPACE: namespace });
    assert.deepEqual(
      [place.cronJob],
      cronJobs.map(({ metadata }) => metadata.name),
    );
  });

  test('standby runs two pods that replace each other, and changes nothing else', () => {
    const added = addedBy('components/standby');
    assert.deepEqual(added.map(nameOf), [`CronJob/${namespace}`]);
    for (const manifest of added) assert.deepEqual(schemaFaults(withSchema(manifest)), []);
    const job = z.looseObject({ parallelism: z.number(), backoffLimit: z.number(), podFailurePolicy: z.unknown() });
    const { parallelism, podFailurePolicy } = z
      .object({ spec: z.object({ jobTemplate: z.object({ spec: job }) }) })
      .parse(added[0]).spec.jobTemplate.spec;
    assert.equal(parallelism, 2);
    const [container] = added.flatMap((manifest) => podTemplateOf(manifest)?.spec.containers ?? []);
    assert.deepEqual(container?.args, ['schedule', '--standby', '--executor', 'kubernetes']);
    // by its name, without which the rule would count no exit at all
    assert.match(JSON.stringify(podFailurePolicy), new RegExp(`"containerName":"${container?.name}"`));
  });

  test('dataset hands the file of a ConfigMap to the orchestrator, and to no task', () => {
    const added = addedBy('components/dataset');
    assert.deepEqual(added.map(nameOf), [`CronJob/${namespace}`]);
    for (const manifest of added) assert.deepEqual(schemaFaults(withSchema(manifest)), []);
    const [spec] = added.map((manifest) => podTemplateOf(manifest)?.spec);
    assert.match(JSON.stringify(spec?.volumes), /"configMap":\{"name":"dataset"\}/);
    assert.match(JSON.stringify(spec?.containers[0]), /"name":"DATASET","value":"\/etc\/dataset\/dataset.yaml"/);
  });

  /** What components add to the base, or change of it. */
  function addedBy(...components: readonly string[]): Manifest[] {
    const before = parseManifests(kustomize(['components/images']));
    return parseManifests(kustomize(['components/images', ...components])).filter(
      (manifest) => !before.some((other) => isDeepStrictEqual(other, manifest)),
    );
  }

  /** What the base is with these components. */
  function kustomize(components: readonly string[]): string {
    const folder = mkdtempSync(join(tmpdir(), 'overlay-'));
    const path = (name: string) => relative(realpathSync(folder), join(import.meta.dirname, '../../../k8s', name));
    const overlay = { resources: [path('base')], components: components.map(path) };
    writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(overlay));
    try {
      return execFileSync('kubectl', ['kustomize', folder], { encoding: 'utf8' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
});
