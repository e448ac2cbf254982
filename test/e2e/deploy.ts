import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Manifest } from '../support/kustomize.ts';
import { hasSucceeded } from './cluster-objects.ts';
import { jobOf } from './job-of.ts';
import { kubectl } from './kubectl.ts';
import { longTraining, longTrainingRows } from './scenarios/long-training.ts';
import { Watch } from './watch.ts';

const cli = fileURLToPath(new URL('../../pipeline/cli.ts', import.meta.url));
const settingsSchema = z.looseObject({ data: z.record(z.string(), z.string()) });

/** Has the API server itself check every object, and the Jobs that the orchestrator will create; the namespace stays. */
export async function dryRun(namespace: string, manifests: readonly Manifest[]): Promise<void> {
  const strictly = ['--dry-run=server', '--validate=strict', '--warnings-as-errors', '-f', '-'];
  const itself = manifests.filter(({ kind }) => kind === 'Namespace');
  await kubectl(['create', ...strictly], listOf(itself));
  await kubectl(['create', '-f', '-'], listOf(itself));
  await kubectl(['create', ...strictly], listOf(manifests.filter((manifest) => !itself.includes(manifest))));
  await kubectl(['create', ...strictly], await attemptsOf(namespace, manifests));
}

/** Creates everything, and waits until both tables of loans are there. */
export async function deploy(namespace: string, manifests: readonly Manifest[]): Promise<void> {
  await kubectl(['create', '-f', '-'], listOf(manifests.filter(({ kind }) => kind !== 'Namespace')));
  const seed = manifests.find(({ kind, metadata }) => kind === 'Job' && metadata.name === 'seed-loans');
  if (!seed) throw new Error('the kind overlay has no Job seed-loans');
  const args = ['seed-loans', '--rows', String(longTrainingRows)];
  const large = jobOf(seed, { name: 'seed-loans-large', args, env: { LOANS_TABLE: longTraining.LOANS_TABLE } });
  await kubectl(['create', '-n', namespace, '-f', '-'], JSON.stringify(large));

  await using watch = new Watch(namespace);
  for (const name of ['seed-loans', 'seed-loans-large']) {
    await watch.until(`Job ${name} to fill its table`, 600, ({ jobs }) =>
      jobs.find((job) => job.metadata.name === name && hasSucceeded(job)),
    );
  }
  for (const { metadata } of manifests.filter(({ kind }) => kind === 'Deployment')) {
    await kubectl(['rollout', 'status', `deployment/${metadata.name}`, '-n', namespace, '--timeout=100s']);
  }
}

/** What `pipeline manifests` prints with the settings of the deployment. */
async function attemptsOf(namespace: string, manifests: readonly Manifest[]): Promise<string> {
  const data = manifests
    .filter(({ kind }) => kind === 'ConfigMap')
    .map((manifest) => settingsSchema.parse(manifest).data);
  const env = Object.assign({ ...process.env, NAMESPACE: namespace }, ...data);
  const { stdout } = await promisify(execFile)(process.execPath, [cli, 'manifests', '--logical-date', '2024-01-01'], {
    env,
  });
  return stdout;
}

function listOf(items: readonly Manifest[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}
