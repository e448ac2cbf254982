import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { AttemptFacts } from '../../../../pipeline/executors/kubernetes/job-outcome.ts';
import { jobSchema, nodeSchema, podSchema } from '../../../../pipeline/executors/kubernetes/kubernetes-objects.ts';
import { run } from '../../../support/run-records.ts';

const sceneSchema = z.object({ job: jobSchema, pods: z.array(podSchema), nodes: z.array(nodeSchema) });

/** What the API returned of attempt 1 of train_model, whose story happened at 06:10:00; looked at `seconds` later. */
export function factsOf(scene: string, seconds = 5, given: Partial<AttemptFacts> = {}): AttemptFacts {
  const text = readFileSync(new URL(`fixtures/${scene}.json`, import.meta.url), 'utf8');
  return {
    ...sceneSchema.parse(JSON.parse(text)),
    attempt: { run, taskId: 'train_model', number: 1, queuedAt: '2026-11-21T06:00:00.412Z', hasStarted: true },
    now: new Date(Date.parse('2026-11-21T06:10:00Z') + seconds * 1000),
    limits: { unschedulableSeconds: 600, imagePullSeconds: 600, podConfigSeconds: 600, nodeSilentSeconds: 2 },
    ...given,
  };
}
