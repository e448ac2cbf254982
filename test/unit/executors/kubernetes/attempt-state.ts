import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { podOf } from '../../../../pipeline/executors/kubernetes/cluster-view.ts';
import type { AttemptState } from '../../../../pipeline/executors/kubernetes/job-outcome.ts';
import {
  jobSchema,
  nodeSchema,
  type Pod,
  podSchema,
} from '../../../../pipeline/executors/kubernetes/kubernetes-objects.ts';
import { run } from '../../../support/run-records.ts';

const storySchema = z.object({ job: jobSchema, pods: z.array(podSchema), nodes: z.array(nodeSchema) });

/** What the API returned of attempt 1 of train_model, whose story happened at 06:10:00. */
export function storyOf(name: string) {
  return storySchema.parse(JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8')));
}

export function secondsAfter(seconds: number): Date {
  return new Date(Date.parse('2026-11-21T06:10:00Z') + seconds * 1000);
}

/** The state of the attempt so many seconds after its story happened, on a node that is well or deleted. */
export function stateOf(
  name: string,
  seconds = 5,
  { pods, ...given }: Partial<AttemptState> & { readonly pods?: readonly Pod[] } = {},
): AttemptState {
  const story = storyOf(name);
  const job = 'job' in given ? given.job : story.job;
  const attempt = {
    run,
    taskId: 'train_model',
    number: 1,
    queuedAt: '2026-11-21T06:00:00.412Z',
    hasStarted: true,
  } as const;
  const pod = podOf(pods ?? story.pods, story.job.metadata.name, job, given.attempt ?? attempt);
  const isNodeListed = story.nodes.some(({ metadata }) => metadata.name === pod?.spec.nodeName);
  return {
    job,
    pod,
    node: pod?.spec.nodeName && !isNodeListed ? 'gone' : 'well',
    attempt,
    now: secondsAfter(seconds),
    limits: { unschedulableSeconds: 600, imagePullSeconds: 600, podConfigSeconds: 600, nodeSilentSeconds: 20 },
    ...given,
  };
}
