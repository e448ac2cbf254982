import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1CronJob, V1Job } from '@kubernetes/client-node';
import { exitCodes } from '../../../tasks/runtime/exit-codes.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import { conditionOf } from './kubernetes-objects.ts';

const pollSeconds = 2;
const instanceLabel = 'app.kubernetes.io/instance';

/**
 * A Job as the CronJob makes it, but with these words: what `kubectl create job --from=cronjob/NAME` does. So a command
 * runs with the orchestrator's image, rights and secrets, and who asks for it needs none of them.
 */
export function commandJob({ metadata, spec }: V1CronJob, words: readonly string[], suffix: string): V1Job {
  const { template } = spec?.jobTemplate.spec ?? {};
  if (!metadata?.name || !spec?.jobTemplate.spec || !template?.spec)
    throw new TypeError('the CronJob has no template of a Job');
  const { name, uid = '' } = metadata;
  const jobName = `${name.slice(0, 40)}-${words[0]}-${suffix}`;
  const containers = template.spec.containers.map((container) => ({ ...container, args: [...words] }));
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobName,
      labels: { ...metadata.labels, ...spec.jobTemplate.metadata?.labels, [instanceLabel]: jobName },
      annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name, uid, controller: true }],
    },
    // a command that fails is asked for again by who asked for it
    spec: {
      ...spec.jobTemplate.spec,
      backoffLimit: 0,
      template: { ...template, spec: { ...template.spec, containers } },
    },
  };
}

/** Runs a command as such a Job, until it has ended: with 0, or 1 where it failed. */
export async function runCommandJob(
  api: KubernetesApi,
  cronJob: string,
  words: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const job = commandJob(await api.readCronJob(cronJob), words, randomBytes(4).toString('hex'));
  await api.createJob(job);
  for (;;) {
    await sleep(pollSeconds * 1000, undefined, { signal });
    const [found] = await api.listJobs(`${instanceLabel}=${job.metadata?.name}`);
    if (!found || conditionOf(found, 'Failed')) return exitCodes.runFailed;
    if (conditionOf(found, 'Complete')) return exitCodes.success;
  }
}
