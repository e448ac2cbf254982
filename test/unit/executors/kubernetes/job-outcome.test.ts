import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AttemptState, observe } from '../../../../pipeline/executors/kubernetes/job-outcome.ts';
import type { Observation } from '../../../../pipeline/orchestrator/executor.ts';
import { stateOf, storyOf } from './attempt-state.ts';

/** Phase, outcome and exit code: what is decided by; the reason is for people. */
function seen(state: AttemptState): readonly unknown[] {
  const observation = observe(state);
  if (observation.phase === 'stuck') return [observation.phase, observation.outcome];
  if (observation.phase !== 'ended') return [observation.phase];
  const { phase, outcome, exitCode } = observation;
  return exitCode === undefined ? [phase, outcome] : [phase, outcome, exitCode];
}

function reasonOf(observation: Observation): string {
  if (observation.phase === 'queued') return observation.pendingReason ?? '';
  return 'reason' in observation ? (observation.reason ?? '') : '';
}

function queuedState(story: string, seconds: number): AttemptState {
  const state = stateOf(story, seconds);
  return { ...state, attempt: { ...state.attempt, hasStarted: false } };
}

const running = ['running'];
const preempted = ['ended', 'preempted'];
const lost = ['ended', 'lost'];
const stuck = ['stuck', 'lost'];

test('a running pod is running', () => {
  assert.deepEqual(seen(stateOf('running')), running);
});

test('exit 0 has succeeded', () => {
  assert.deepEqual(seen(stateOf('complete')), ['ended', 'succeeded', 0]);
});

/** As the kubelet reports the container, a second before the pod. */
function containerAhead(scene: string): AttemptState {
  const facts = stateOf(scene, 5, { job: stateOf('running').job });
  const { pod } = facts;
  return { ...facts, pod: pod && { ...pod, status: { ...pod.status, phase: 'Running' } } };
}

test('a container that ended with 0 has succeeded before its pod is reported so', () => {
  const facts = containerAhead('complete');
  assert.deepEqual(seen(facts), ['ended', 'succeeded', 0]);
});

test('a container that ended with anything else is judged with its pod', () => {
  for (const scene of ['exit-69', 'evicted-ended', 'oom-killed'])
    assert.deepEqual(seen(containerAhead(scene)), running, scene);
});

test('any other exit has failed, with its code and the last error that it logged', () => {
  const facts = stateOf('exit-69');
  assert.deepEqual(seen(facts), ['ended', 'failed', 69]);
  assert.equal(reasonOf(observe(facts)), 'the object store does not answer');
});

test("the end of the pod is known before its Job's", () => {
  for (const [scene, outcome] of [
    ['complete', 'succeeded'],
    ['exit-69', 'failed'],
    ['evicted-ended', 'preempted'],
    ['node-shutdown', 'preempted'],
    ['power-back-same-machine', 'lost'],
  ] as const) {
    const facts = stateOf(scene, 5, { job: stateOf('running').job });
    assert.deepEqual(seen(facts).slice(0, 2), ['ended', outcome], scene);
  }
});

test('the execution timeout of the pod is timed-out, though it exits 143 on SIGTERM', () => {
  assert.deepEqual(seen(stateOf('deadline-exceeded')), ['ended', 'timed-out', 143]);
});

test('a task that timed itself is timed-out', () => {
  const facts = stateOf('exit-69');
  const containerStatuses = [{ name: 'task', state: { terminated: { exitCode: 124 } } }];
  const pod = facts.pod && { ...facts.pod, status: { ...facts.pod.status, containerStatuses } };
  assert.deepEqual(seen({ ...facts, pod }), ['ended', 'timed-out', 124]);
});

test('the memory limit is a failure, and says so', () => {
  const facts = stateOf('oom-killed');
  assert.deepEqual(seen(facts), ['ended', 'failed', 137]);
  assert.match(reasonOf(observe(facts)), /memory.*OOMKilled/);
});

test('an evicted pod is running until it has ended', () => {
  assert.deepEqual(seen(stateOf('evicted-still-ending')), running);
});

test('an evicted pod that has ended was preempted, and the reason names the eviction', () => {
  const facts = stateOf('evicted-ended');
  assert.deepEqual(seen(facts), [...preempted, 143]);
  assert.match(reasonOf(observe(facts)), /EvictionByEvictionAPI/);
});

test('an eviction is known from the Job alone when its pod is gone', () => {
  assert.deepEqual(seen(stateOf('evicted-pod-gone')), preempted);
});

test('a pod that exits 0 on an eviction has its Job complete: the markers decide', () => {
  assert.deepEqual(seen(stateOf('evicted-exit-0')), ['ended', 'succeeded', 0]);
});

test('a graceful shutdown of the node is a preemption, not a loss', () => {
  assert.deepEqual(seen(stateOf('node-shutdown')), [...preempted, 143]);
  const { pods } = storyOf('evicted-still-ending');
  const facts = stateOf('node-shutdown', 20, { pods, job: stateOf('running').job });
  assert.deepEqual(seen(facts), running);
});

test('a pod on a node that is gone or silent is lost, though the API shows it running', () => {
  const facts = stateOf('node-deleted', 0);
  assert.deepEqual(seen(facts), stuck);
  assert.match(reasonOf(observe(facts)), /spot-node-2 is gone/);
  assert.deepEqual(seen(stateOf('node-silent', 0)), running);
  assert.deepEqual(seen(stateOf('node-silent', 0, { node: 'silent' })), stuck);
});

test('a pod that was waiting on a node that is gone is lost', () => {
  assert.deepEqual(seen({ ...queuedState('container-creating', 0), node: 'gone' }), stuck);
});

test('a pod that the garbage collector found without a node was preempted', () => {
  assert.deepEqual(seen(stateOf('node-deleted-pod-collected')), preempted);
});

test('a pod that was evicted from a silent node, and hangs, is lost', () => {
  assert.deepEqual(seen(stateOf('node-silent-pod-evicted', 40, { node: 'silent' })), stuck);
});

test('where nodes may not be read, a container that runs in a pod that is not ready for 30 s is lost', () => {
  assert.deepEqual(seen(stateOf('node-silent', 29, { node: 'unknown' })), running);
  assert.deepEqual(seen(stateOf('node-silent', 30, { node: 'unknown' })), stuck);
  assert.deepEqual(seen(stateOf('container-creating', 30, { node: 'unknown' })), ['queued']);
});

test('a power cut with the same machine back at once is lost, not a failure', () => {
  assert.deepEqual(seen(stateOf('power-back-same-machine')), [...lost, 255]);
});

test('a power cut with an empty machine of the same name is lost, not a failure', () => {
  assert.deepEqual(seen(stateOf('power-back-empty-machine')), [...lost, 137]);
});

test('a Job that vanished is absent', () => {
  assert.deepEqual(seen(stateOf('running', 5, { job: undefined, pods: [] })), ['absent']);
  assert.deepEqual(seen(stateOf('exit-69', 5, { job: undefined })), ['absent']);
});

test('a pod that outlives its Job is waited for, but not where it cannot end', () => {
  const { pods } = storyOf('evicted-still-ending');
  assert.deepEqual(seen(stateOf('running', 5, { job: undefined, pods })), running);
  for (const node of ['gone', 'silent'] as const)
    assert.deepEqual(seen(stateOf('running', 5, { job: undefined, pods, node })), ['absent'], node);
});

test('a Job that is being deleted is absent once its pod has ended', () => {
  const { job } = stateOf('running');
  assert(job);
  const leaving = { ...job, metadata: { ...job.metadata, deletionTimestamp: new Date('2026-11-21T06:10:00Z') } };
  assert.deepEqual(seen(stateOf('running', 5, { job: leaving })), running);
  assert.deepEqual(seen(stateOf('exit-69', 5, { job: leaving })), ['absent']);
});

test('the outcome of a finished Job stands while its time to live deletes it', () => {
  const { job } = stateOf('complete');
  assert(job);
  const leaving = { ...job, metadata: { ...job.metadata, deletionTimestamp: new Date('2026-11-21T06:10:00Z') } };
  assert.deepEqual(seen(stateOf('complete', 5, { job: leaving })), ['ended', 'succeeded', 0]);
});

test('a pod deleted by hand is lost, while it can be seen and after', () => {
  assert.deepEqual(seen(stateOf('pod-deleted-by-hand')), [...lost, 143]);
  assert.deepEqual(seen(stateOf('pod-deleted-by-hand', 5, { pods: [] })), lost);
});

test('a pod that was there and is not, while its Job has no condition yet, is waited for', () => {
  assert.deepEqual(seen(stateOf('running', 5, { pods: [] })), running);
});

test('143 without a disruption or deletion is a failure', () => {
  const facts = stateOf('pod-deleted-by-hand');
  const pod = facts.pod && { ...facts.pod, metadata: { ...facts.pod.metadata, deletionTimestamp: undefined } };
  assert.deepEqual(seen({ ...facts, pod }), ['ended', 'failed', 143]);
});

test('a Job that failed beside a pod last seen running is looked at again', () => {
  assert.deepEqual(seen(stateOf('exit-69', 5, { pods: storyOf('running').pods })), running);
});

test('a pod deleted by force keeps its finalizer and never ends: it is lost', () => {
  assert.deepEqual(seen(stateOf('pod-deleted-by-force', 9)), running);
  assert.deepEqual(seen(stateOf('pod-deleted-by-force', 10)), stuck);
});

test('a pod that the kubelet refused never ran: it is lost, with the reason', () => {
  const facts = stateOf('refused-by-kubelet');
  assert.deepEqual(seen(facts), lost);
  assert.match(reasonOf(observe(facts)), /enough resource: cpu/);
});

test('a pod whose container is being created is queued, however long the pull takes', () => {
  assert.deepEqual(observe(queuedState('container-creating', 3600)), { phase: 'queued' });
});

for (const [scene, outcome, words] of [
  ['unschedulable', 'lost', /0\/3 nodes are available/],
  ['image-pull-back-off', 'failed', /ImagePullBackOff: Back-off pulling image "ghcr.io/],
  ['missing-secret', 'failed', /CreateContainerConfigError: secret "task-secret" not found/],
] as const) {
  test(`${scene}: shown at once, given up as ${outcome} after its limit`, () => {
    const early = queuedState(scene, -60);
    assert.equal(observe(early).phase, 'queued');
    assert.match(reasonOf(observe(early)), words);
    const late = queuedState(scene, 1);
    assert.deepEqual(seen(late), ['stuck', outcome]);
    assert.match(reasonOf(observe(late)), words);
  });
}

test('each wait has a limit of its own', () => {
  const limits = { unschedulableSeconds: 700, imagePullSeconds: 700, podConfigSeconds: 700, nodeSilentSeconds: 2 };
  for (const [scene, name] of [
    ['unschedulable', 'unschedulableSeconds'],
    ['image-pull-back-off', 'imagePullSeconds'],
    ['missing-secret', 'podConfigSeconds'],
  ] as const) {
    assert.equal(observe({ ...queuedState(scene, 1), limits }).phase, 'queued', scene);
    assert.equal(observe({ ...queuedState(scene, 1), limits: { ...limits, [name]: 10 } }).phase, 'stuck', scene);
  }
});

test('a Job that makes no pod is queued with the reason, and lost when that lasts', () => {
  const podRefusal = 'pods "x" is forbidden: exceeded quota';
  assert.deepEqual(observe({ ...queuedState('unschedulable', -60), pod: undefined }), { phase: 'queued' });
  const early = { ...queuedState('unschedulable', -60), pod: undefined, podRefusal };
  assert.deepEqual(observe(early), { phase: 'queued', pendingReason: `its pod is refused: ${podRefusal}` });
  const late = { ...queuedState('unschedulable', 1), pod: undefined, podRefusal };
  assert.deepEqual(seen(late), stuck);
  assert.match(reasonOf(observe(late)), /exceeded quota \(given up after 600 s\)/);
});

test('a Job from before the attempt was queued is stale; a clock that is a little ahead makes none stale', () => {
  const facts = stateOf('complete');
  const queuedAt = (time: string) => seen({ ...facts, attempt: { ...facts.attempt, queuedAt: time } });
  assert.deepEqual(queuedAt('2026-11-21T06:09:00.000Z'), ['stale']);
  assert.deepEqual(queuedAt('2026-11-21T06:00:30.001Z'), ['stale']);
  assert.notDeepEqual(queuedAt('2026-11-21T06:00:29.999Z'), ['stale']);
});

test('only pods of this very Job count, and the newest of them', () => {
  const renamed = (createdAt: string, owners?: { uid: string }[]) =>
    storyOf('exit-69').pods.map((pod) => ({
      ...pod,
      metadata: {
        ...pod.metadata,
        creationTimestamp: new Date(createdAt),
        ownerReferences: owners ?? storyOf('running').pods[0]?.metadata.ownerReferences ?? [],
      },
    }));
  const own = storyOf('running').pods;
  const others = renamed('2026-11-21T06:20:00Z', [{ uid: 'x' }]);
  assert.deepEqual(seen(stateOf('running', 5, { pods: [...others, ...own] })), running);
  const older = renamed('2026-11-21T05:59:00Z');
  assert.deepEqual(seen(stateOf('running', 5, { pods: [...older, ...own] })), running);
});
