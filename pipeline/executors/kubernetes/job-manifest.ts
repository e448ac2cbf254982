import type { V1Container, V1Job, V1PodSpec } from '@kubernetes/client-node';
import { artifactKey } from '../../../tasks/artifacts/artifact-keys.ts';
import type { Environment } from '../../../tasks/runtime/environment.ts';
import type { AttemptSpec } from '../../orchestrator/executor.ts';
import type { Cluster } from '../../settings/cluster-settings.ts';
import { jobLabels, jobName } from './job-name.ts';
import { podPlacement } from './pod-placement.ts';
import { taskContainer } from './pod-state.ts';

/** runAsNonRoot needs a numeric UID; an image may name its user. */
const userId = 10001;
const temporarySpace = '1Gi';

/**
 * The Job of one attempt. It runs one pod, once: retries are the orchestrator's.
 * @param environment the attempt's own variables; they win over those of `taskSecret` and `taskConfig`
 */
export function jobManifest(
  spec: AttemptSpec,
  dagId: string,
  cluster: Cluster,
  environment: Environment,
  avoidedNodes: readonly string[] = [],
): V1Job {
  const { run, task, number } = spec;
  const labels = jobLabels(dagId, run, task.taskId, number);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobName(dagId, run, task.taskId, number),
      namespace: cluster.namespace,
      labels,
      annotations: attemptAnnotations(spec, dagId),
    },
    spec: {
      backoffLimit: 0,
      // the Job then distinguishes a disruption from a failure, even when the pod is gone; another rule would blur that
      podFailurePolicy: {
        rules: [{ action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
      },
      podReplacementPolicy: 'Failed',
      ttlSecondsAfterFinished: cluster.jobTtlSeconds,
      template: {
        metadata: { labels, annotations: { ...attemptAnnotations(spec, dagId), ...keepOffAutoscalers } },
        spec: podSpec(spec, cluster, environment, avoidedNodes),
      },
    },
  };
}

function attemptAnnotations({ run, task, placement }: AttemptSpec, dagId: string): Record<string, string> {
  return {
    'credit-default-pipeline/logical-date': run.logicalDate.toISOString(),
    'credit-default-pipeline/run-id': run.runId,
    'credit-default-pipeline/placement': placement,
    'credit-default-pipeline/artifacts': task.outputs.map((name) => artifactKey(dagId, run.timestamp, name)).join(' '),
  };
}

/** An eviction to save money costs more than it saves. */
const keepOffAutoscalers = {
  'karpenter.sh/do-not-disrupt': 'true',
  'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
};

function podSpec(
  { task, placement }: AttemptSpec,
  cluster: Cluster,
  environment: Environment,
  avoidedNodes: readonly string[],
): V1PodSpec {
  const image = cluster.images.get(task.taskId) ?? '';
  return {
    restartPolicy: 'Never',
    // the pod's, not the Job's: waiting for a node does not count
    activeDeadlineSeconds: task.policy.executionTimeoutSeconds,
    terminationGracePeriodSeconds: task.policy.gracePeriodSeconds,
    serviceAccountName: cluster.taskServiceAccount,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    // as process 1 Node would ignore a SIGTERM until it has installed a handler
    shareProcessNamespace: true,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: userId,
      runAsGroup: userId,
      fsGroup: userId,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...podPlacement(
      placement,
      task.pod,
      cluster.placements[placement === 'on-demand' ? placement : 'spot'],
      avoidedNodes,
    ),
    containers: [
      {
        name: taskContainer,
        image,
        resources: { requests: { ...task.pod.requests }, limits: { ...task.pod.limits } },
        ...containerSpec(cluster, { ...environment, IMAGE_DIGEST: image.split('@')[1] }),
      },
    ],
    volumes: [{ name: 'tmp', emptyDir: { sizeLimit: temporarySpace } }],
  };
}

function containerSpec(
  { taskConfig, taskSecret }: Cluster,
  environment: Environment,
): Pick<
  V1Container,
  'imagePullPolicy' | 'env' | 'envFrom' | 'terminationMessagePolicy' | 'securityContext' | 'volumeMounts'
> {
  return {
    imagePullPolicy: 'IfNotPresent',
    env: Object.entries(environment).flatMap(([name, value]) =>
      value === undefined ? [] : [{ name, value: literal(value) }],
    ),
    envFrom: [{ configMapRef: { name: taskConfig } }, { secretRef: { name: taskSecret } }],
    // the pod then has the last lines of the log, without the right to read logs
    terminationMessagePolicy: 'FallbackToLogsOnError',
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
  };
}

/** The kubelet would replace `$(NAME)` by another variable's value. */
function literal(value: string): string {
  return value.replaceAll('$', '$$$$');
}
