import { z } from 'zod';
import { catalogue, type TaskId, taskIds } from '../../tasks/artifacts/catalogue.ts';
import { parseJson } from '../../tasks/artifacts/parse-json.ts';
import { type Environment, readSettings, wholeNumber } from '../../tasks/runtime/environment.ts';
import { type SettingValues, setting } from '../../tasks/runtime/setting-facts.ts';
import type { Placement } from '../orchestrator/executor.ts';
import { pipelineSettings } from './pipeline-settings.ts';
import { type PodPlacement, podPlacementSchema } from './pod-placement-schema.ts';

/** Where attempts run, as the operator configures it. */
export interface Cluster {
  readonly namespace: string;
  /** Each task's image; its entrypoint is the task. */
  readonly images: ReadonlyMap<TaskId, string>;
  readonly taskServiceAccount: string;
  /** The names of a Secret and a ConfigMap, which become the tasks' environment; they are never read here. */
  readonly taskSecret: string;
  readonly taskConfig: string;
  readonly placements: Readonly<Record<Exclude<Placement, 'local'>, PodPlacement>>;
  /** How long a Job is kept once it is finished. */
  readonly jobTtlSeconds: number;
  readonly limits: WaitLimits;
}

/** How long to wait for what may resolve itself. */
export interface WaitLimits {
  /** No node fits, or no pod could be made at all. */
  readonly unschedulableSeconds: number;
  /** The image cannot be pulled. */
  readonly imagePullSeconds: number;
  /** The container cannot be made: a Secret or ConfigMap is missing, say. */
  readonly podConfigSeconds: number;
  /** The node's kubelet does not renew its Lease. */
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

const imageSettings = Object.fromEntries(
  taskIds.map((taskId) => [imageName(taskId), setting(`The image of ${taskId}.`, image())]),
);

export function imageName(taskId: TaskId): string {
  return `IMAGE_${catalogue[taskId].entrypoint.replaceAll('-', '_').toUpperCase()}`;
}

export const clusterSettings = {
  NAMESPACE: setting("The Jobs' namespace.", objectName("the Jobs' namespace")),
  TASK_SERVICE_ACCOUNT: setting("The tasks' service account.", objectName("the tasks' service account")),
  TASK_SECRET: setting(
    "The Secret that becomes the tasks' environment, with their credentials.",
    objectName("the Secret with the tasks' credentials"),
  ),
  TASK_CONFIG: setting(
    "The ConfigMap that becomes the tasks' environment.",
    objectName("the ConfigMap with the tasks' settings"),
  ),
  CRON_JOB: setting(
    'The CronJob of which `ui` makes Jobs, to do what its readers ask for.',
    objectName('the CronJob').default('credit-default-pipeline'),
  ),
  SPOT_POD: setting(
    "What a task's pod has on the spot placement, as JSON: nodeSelector, affinity, tolerations, …",
    placement(),
  ),
  ON_DEMAND_POD: setting('The same for the on-demand placement.', placement()),
  JOB_TTL_SECONDS: setting('How long a finished Job is kept.', wholeNumber(60, 365 * day).default(day)),
  UNSCHEDULABLE_SECONDS: setting('How long an attempt waits for a node.', wholeNumber(1, day).default(600)),
  IMAGE_PULL_SECONDS: setting('How long an image may fail to be pulled.', wholeNumber(1, day).default(300)),
  POD_CONFIG_SECONDS: setting(
    'How long a missing Secret or ConfigMap is waited for.',
    wholeNumber(1, day).default(120),
  ),
  NODE_SILENT_SECONDS: setting(
    "How long a node's Lease may stay unrenewed before its attempts are lost.",
    wholeNumber(1, 3600).default(20),
  ),
  ...imageSettings,
};

const uiClusterSettings = { NAMESPACE: clusterSettings.NAMESPACE, CRON_JOB: clusterSettings.CRON_JOB };

/**
 * Where `ui` makes Jobs, and of which CronJob.
 * @throws UsageError with every fault, those of the pipeline's own settings too
 */
export function readCronJobPlace(environment: Environment): { readonly namespace: string; readonly cronJob: string } {
  const { NAMESPACE, CRON_JOB } = readSettings(pipelineSettings.extend(uiClusterSettings), environment);
  return { namespace: NAMESPACE, cronJob: CRON_JOB };
}

/**
 * The cluster that the Kubernetes executor works in.
 * @throws UsageError with every fault, those of the pipeline's own settings too
 */
export function readCluster(environment: Environment): Cluster {
  const settings = readSettings(pipelineSettings.extend(clusterSettings), environment);
  const byName: SettingValues = settings;
  return {
    namespace: settings.NAMESPACE,
    images: new Map(taskIds.map((taskId) => [taskId, String(byName[imageName(taskId)])])),
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
