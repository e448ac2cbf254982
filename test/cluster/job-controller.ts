import { randomBytes } from 'node:crypto';
import type { V1Job, V1JobCondition, V1Pod } from '@kubernetes/client-node';
import { type ClusterState, isEnded } from './cluster-state.ts';
import { hasCondition, withCondition } from './resource.ts';

const trackingFinalizer = 'batch.kubernetes.io/job-tracking';

/** One pod for each Job, and the Job's conditions from how it ends. */
export function syncJobs(state: ClusterState): void {
  for (const job of state.jobs.all) syncJob(state, job);
  for (const pod of state.pods.all) collect(state, pod);
}

function syncJob(state: ClusterState, job: V1Job): void {
  const conditions = job.status?.conditions;
  if (hasCondition(conditions, 'Complete') || hasCondition(conditions, 'Failed')) return;
  const pods = state.podsOf(job);
  // first the condition that says what comes; the one that says it came when no pod is left running
  if (hasCondition(conditions, 'FailureTarget')) finish(state, job, pods, 'FailureTarget', 'Failed');
  else if (hasCondition(conditions, 'SuccessCriteriaMet')) finish(state, job, pods, 'SuccessCriteriaMet', 'Complete');
  else judge(state, job, pods[0]);
}

function judge(state: ClusterState, job: V1Job, pod: V1Pod | undefined): void {
  if (!pod) createPod(state, job);
  else if (pod.status?.phase === 'Succeeded') setCondition(state, job, 'SuccessCriteriaMet', 'CompletionsReached');
  else if (pod.status?.phase === 'Failed') setCondition(state, job, 'FailureTarget', failureReason(job, pod));
}

function finish(state: ClusterState, job: V1Job, pods: readonly V1Pod[], target: string, end: string): void {
  if (!pods.every(isEnded)) return;
  const reason = job.status?.conditions?.find(({ type }) => type === target)?.reason;
  for (const pod of pods) state.pods.update(pod, ({ metadata = {} }) => delete metadata.finalizers);
  setCondition(state, job, end, reason);
}

function failureReason({ spec }: V1Job, pod: V1Pod): string {
  const rules = spec?.podFailurePolicy?.rules ?? [];
  const isMatched = rules.some(
    ({ action, onPodConditions = [] }) =>
      action === 'FailJob' &&
      onPodConditions.some(({ type, status }) =>
        pod.status?.conditions?.some((condition) => condition.type === type && condition.status === (status ?? 'True')),
      ),
  );
  return isMatched ? 'PodFailurePolicy' : 'BackoffLimitExceeded';
}

function setCondition(state: ClusterState, job: V1Job, type: string, reason = ''): void {
  state.jobs.update(job, (changed) => {
    const condition: V1JobCondition = { type, status: 'True', reason, message: `set by ${type}` };
    changed.status = {
      ...changed.status,
      conditions: withCondition(changed.status?.conditions, condition, state.now()),
    };
  });
}

function createPod(state: ClusterState, job: V1Job): void {
  const { name = '', uid = '' } = job.metadata ?? {};
  if (state.podRefusal !== undefined) {
    report(state, name, state.podRefusal);
    return;
  }
  const { metadata, spec } = job.spec?.template ?? {};
  state.pods.create({
    metadata: {
      ...metadata,
      name: `${name}-${randomBytes(3).toString('hex')}`,
      labels: { ...metadata?.labels, 'batch.kubernetes.io/job-name': name, 'batch.kubernetes.io/controller-uid': uid },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name, uid, controller: true, blockOwnerDeletion: true }],
      finalizers: [trackingFinalizer],
    },
    ...(spec && { spec: { ...spec } }),
    status: { phase: 'Pending' },
  });
}

function report(state: ClusterState, job: string, message: string): void {
  const name = `${job}.failed-create`;
  if (state.events.find(name)) return;
  const involvedObject = { kind: 'Job', name: job };
  state.events.create({ metadata: { name }, involvedObject, reason: 'FailedCreate', message });
}

/** Pods whose Job is gone are deleted; a deleted pod goes when it has ended and nothing tracks it any more. */
function collect(state: ClusterState, pod: V1Pod): void {
  const owner = pod.metadata?.ownerReferences?.[0];
  const hasOwner = state.jobs.all.some(({ metadata }) => metadata?.uid === owner?.uid);
  if (owner && !hasOwner && !pod.metadata?.deletionTimestamp) state.pods.delete(pod);
  if (owner && !hasOwner) state.pods.update(pod, ({ metadata = {} }) => delete metadata.finalizers);
  const isTracked = (pod.metadata?.finalizers?.length ?? 0) > 0;
  if (pod.metadata?.deletionTimestamp && !isTracked && (isEnded(pod) || !pod.spec?.nodeName)) state.pods.remove(pod);
}
