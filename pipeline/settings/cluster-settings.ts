import { z } from 'zod';
import type { TaskId } from '../../tasks/artifacts/artifact-keys.ts';
import { type Environment, readSettings, wholeNumber } from '../../tasks/runtime/environment.ts';
import type { Placement } from '../orchestrator/executor.ts';
import { pipelineSettings } from './pipeline-settings.ts';
import { type PodPlacement, podPlacementSchema } from './pod-placement-schema.ts';

/** Where attempts run, and what of it is the operator's to say. */
export interface Cluster {
  readonly namespace: string;
  /** Each task's image; its entrypoint is the task. */
  readonly images: Readonly<Record<TaskId, string>>;
  readonly taskServiceAccount: string;
  /** The names of a Secret and a ConfigMap, which become the tasks' environment; they are never read here. */
  readonly taskSecret: string;
  readonly taskConfig: string;
  readonly placements: Readonly<Record<Placement, PodPlacement>>;
  /** How long a Job is kept once it is finished. */
  readonly jobTtlSeconds: number;
  readonly limits: WaitLimits;
}

/** How long what may mend itself is waited for. */
export interface WaitLimits {
  /** No node fits, or no pod could be made at all. */
  readonly unschedulableSeconds: number;
  /** The image cannot be pulled. */
  readonly imagePullSeconds: number;
  /** The container cannot be made: a Secret or ConfigMap is missing, say. */
  readonly podConfigSeconds: number;
  /** The node's kubelet is silent, by the control plane's word. */
  readonly nodeSilentSeconds: number;
}

const day = 24 * 60 * 60;

function objectName(what: string) {
  const expected = `must be set to the name of ${what}: lower-case letters, digits and dashes`;
  return z.string(expected).regex(/^(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, expected);
}

function image() {
  const expected = "must be set to the task's image, as registry/name@sha256:… or registry/name:tag";
  return z.string(expected).regex(/^[a-z0-9][^\s]*$/i, expected);
}

/** JSON, since it is a piece of a pod's spec: one setting for each placement, not ten. */
function placement() {
  return z
    .string()
    .transform((json, context): PodPlacement => {
      const parsed = podPlacementSchema.safeParse(parseJson(json));
      if (parsed.success) return parsed.data;
      const [issue] = parsed.error.issues;
      const where = issue?.path.length ? ` (at ${issue.path.join('.')})` : '';
      context.addIssue(
        `must be JSON with a pod's nodeSelector, affinity.nodeAffinity, tolerations and topologySpreadConstraints, as far as wanted: ${issue?.message}${where}`,
      );
      return z.NEVER;
    })
    .default({});
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const clusterSettings = {
  NAMESPACE: objectName("the Jobs' namespace"),
  IMAGE_CREATE_BUCKET: image(),
  IMAGE_FETCH_DATA: image(),
  IMAGE_TRAIN_MODEL: image(),
  IMAGE_EVALUATE_MODEL: image(),
  TASK_SERVICE_ACCOUNT: objectName("the tasks' service account"),
  TASK_SECRET: objectName("the Secret with the tasks' credentials"),
  TASK_CONFIG: objectName("the ConfigMap with the tasks' settings"),
  SPOT_POD: placement(),
  ON_DEMAND_POD: placement(),
  JOB_TTL_SECONDS: wholeNumber(60, 365 * day).default(day),
  UNSCHEDULABLE_SECONDS: wholeNumber(1, day).default(600),
  IMAGE_PULL_SECONDS: wholeNumber(1, day).default(300),
  POD_CONFIG_SECONDS: wholeNumber(1, day).default(120),
  NODE_SILENT_SECONDS: wholeNumber(0, 3600).default(2),
};

/**
 * The cluster that the Kubernetes executor works in.
 * @throws UsageError with every fault, those of the pipeline's own settings too
 */
export function readCluster(environment: Environment): Cluster {
  const settings = readSettings(pipelineSettings.extend(clusterSettings), environment);
  return {
    namespace: settings.NAMESPACE,
    images: {
      create_s3_bucket: settings.IMAGE_CREATE_BUCKET,
      fetch_data: settings.IMAGE_FETCH_DATA,
      train_model: settings.IMAGE_TRAIN_MODEL,
      evaluate_model: settings.IMAGE_EVALUATE_MODEL,
    },
    taskServiceAccount: settings.TASK_SERVICE_ACCOUNT,
    taskSecret: settings.TASK_SECRET,
    taskConfig: settings.TASK_CONFIG,
    placements: { spot: settings.SPOT_POD, 'on-demand': settings.ON_DEMAND_POD },
    jobTtlSeconds: settings.JOB_TTL_SECONDS,
    limits: {
      unschedulableSeconds: settings.UNSCHEDULABLE_SECONDS,
      imagePullSeconds: settings.IMAGE_PULL_SECONDS,
      podConfigSeconds: settings.POD_CONFIG_SECONDS,
      nodeSilentSeconds: settings.NODE_SILENT_SECONDS,
    },
  };
}
