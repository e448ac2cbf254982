import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AttemptFacts,
  isForeign,
  isToBeDeleted,
  observe,
} from '../../../../pipeline/executors/kubernetes/job-outcome.ts';
import type { Observation } from '../../../../pipeline/orchestrator/executor.ts';
import { factsOf } from './attempt-facts.ts';

/** Phase, outcome and exit code: what is decided by; the reason is for people. */
function seen(facts: AttemptFacts): readonly unknown[] {
  const observation = observe(facts);
  if (observation.phase !== 'ended') return [observation.phase];
  const { phase, outcome, exitCode } = observation;
  return exitCode === undefined ? [phase, outcome] : [phase, outcome, exitCode];
}

function reasonOf(observation: Observation): string {
  return 'reason' in observation ? (observation.reason ?? '') : '';
}

function queuedFacts(scene: string, seconds: number): AttemptFacts {
  const facts = factsOf(scene, seconds);
  return { ...facts, attempt: { ...facts.attempt, hasStarted: false } };
}

const running = ['running'];
const preempted = ['ended', 'preempted'];
const lost = ['ended', 'lost'];

test('a running pod is running', () => {
  assert.deepEqual(seen(factsOf('running')), running);
});

test('exit 0 has succeeded', () => {
  assert.deepEqual(seen(factsOf('complete')), ['ended', 'succeeded', 0]);
});

/** As the kubelet tells of the container, a second before it tells of the pod. */
function containerAhead(scene: string): AttemptFacts {
  const facts = factsOf(scene, 5, { job: factsOf('running').job });
  return { ...facts, pods: facts.pods.map((pod) => ({ ...pod, status: { ...pod.status, phase: 'Running' } })) };
}

test('a container that ended with 0 has succeeded before its pod is called so, and its Job is left alone', () => {
  const facts = containerAhead('complete');
  assert.deepEqual(seen(facts), ['ended', 'succeeded', 0]);
  assert(!isToBeDeleted(facts, observe(facts)));
});

test('why a container ended with anything else is told with its pod', () => {
  for (const scene of ['exit-69', 'evicted-ended', 'oom-killed'])
    assert.deepEqual(seen(containerAhead(scene)), running, scene);
});

test('any other exit has failed, with its code and the last error that it logged', () => {
  const facts = factsOf('exit-69');
  assert.deepEqual(seen(facts), ['ended', 'failed', 69]);
  assert.equal(reasonOf(observe(facts)), 'the object store does not answer');
});

test('the pod tells its end before its Job does', () => {
  for (const [scene, outcome] of [
    ['complete', 'succeeded'],
    ['exit-69', 'failed'],
    ['evicted-ended', 'preempted'],
    ['node-shutdown', 'preempted'],
    ['power-back-same-machine', 'lost'],
  ] as const) {
    const facts = factsOf(scene, 5, { job: factsOf('running').job });
    assert.deepEqual(seen(facts).slice(0, 2), ['ended', outcome], scene);
    assert(!isToBeDeleted(facts, observe(facts)), scene);
  }
});

test('the execution timeout of the pod is timed-out, though it exits 143 on SIGTERM', () => {
  assert.deepEqual(seen(factsOf('deadline-exceeded')), ['ended', 'timed-out', 143]);
});

test('a task that timed itself is timed-out', () => {
  const facts = factsOf('exit-69');
  const pods = facts.pods.map((pod) => {
    const containerStatuses = [{ name: 'task', state: { terminated: { exitCode: 124 } } }];
    return { ...pod, status: { ...pod.status, containerStatuses } };
  });
  assert.deepEqual(seen({ ...facts, pods }), ['ended', 'timed-out', 124]);
});

test('the memory limit is a failure, and says so', () => {
  const facts = factsOf('oom-killed');
  assert.deepEqual(seen(facts), ['ended', 'failed', 137]);
  assert.match(reasonOf(observe(facts)), /memory.*OOMKilled/);
});

test('an evicted pod is running until it has ended', () => {
  assert.deepEqual(seen(factsOf('evicted-still-ending')), running);
});

test('an evicted pod that has ended was preempted, and the reason names the eviction', () => {
  const facts = factsOf('evicted-ended');
  assert.deepEqual(seen(facts), [...preempted, 143]);
  assert.match(reasonOf(observe(facts)), /EvictionByEvictionAPI/);
});

test('the Job alone tells an eviction when its pod is gone', () => {
  assert.deepEqual(seen(factsOf('evicted-pod-gone')), preempted);
});

test('a pod that exits 0 on an eviction has its Job complete: the outputs tell whether it is done', () => {
  assert.deepEqual(seen(factsOf('evicted-exit-0')), ['ended', 'succeeded', 0]);
});

test('a graceful shutdown of the node is a preemption, not a loss, while the kubelet still speaks', () => {
  assert.deepEqual(seen(factsOf('node-shutdown')), [...preempted, 143]);
  const { pods } = factsOf('evicted-still-ending');
  const facts = factsOf('node-shutdown', 20, { pods, job: factsOf('running').job });
  assert.deepEqual(seen(facts), running);
});

test('a pod on a node that is gone is lost, whatever it claims', () => {
  const facts = factsOf('node-deleted', 0);
  assert.deepEqual(seen(facts), lost);
  assert.match(reasonOf(observe(facts)), /spot-node-2 is gone/);
});

test('a pod that was waiting on a node that is gone is lost', () => {
  const { nodes } = factsOf('node-deleted');
  assert.deepEqual(seen({ ...queuedFacts('container-creating', 0), nodes }), lost);
});

test('a pod that the garbage collector found without a node was preempted', () => {
  assert.deepEqual(seen(factsOf('node-deleted-pod-collected')), preempted);
});

test('a pod on a silent node is lost as soon as the silence has lasted a moment', () => {
  assert.deepEqual(seen(factsOf('node-silent', 1)), running);
  assert.deepEqual(seen(factsOf('node-silent', 2)), lost);
});

test('a pod that was evicted from a silent node, and hangs, is lost', () => {
  assert.deepEqual(seen(factsOf('node-silent-pod-evicted', 40)), lost);
});

test('a node that calls itself unfit is left alone as long as its pods tolerate it', () => {
  const facts = { job: factsOf('running').job, pods: factsOf('running').pods };
  assert.deepEqual(seen(factsOf('node-shutdown', 27, facts)), running);
  assert.deepEqual(seen(factsOf('node-shutdown', 28, facts)), lost);
});

test('where nodes may not be read, a container that runs in a pod that is not ready for 30 s is lost', () => {
  assert.deepEqual(seen(factsOf('node-silent', 29, { nodes: undefined })), running);
  assert.deepEqual(seen(factsOf('node-silent', 30, { nodes: undefined })), lost);
  assert.deepEqual(seen(factsOf('container-creating', 30, { nodes: undefined })), ['queued']);
});

test('a power cut with the same machine back at once is lost, not a failure', () => {
  assert.deepEqual(seen(factsOf('power-back-same-machine')), [...lost, 255]);
});

test('a power cut with an empty machine of the same name is lost, not a failure', () => {
  assert.deepEqual(seen(factsOf('power-back-empty-machine')), [...lost, 137]);
});

test('a Job that vanished is absent', () => {
  assert.deepEqual(seen(factsOf('running', 5, { job: undefined, pods: [] })), ['absent']);
  assert.deepEqual(seen(factsOf('exit-69', 5, { job: undefined })), ['absent']);
});

test('a pod that outlives its Job is waited for, but not on a node that is gone', () => {
  const { pods } = factsOf('evicted-still-ending');
  assert.deepEqual(seen(factsOf('running', 5, { job: undefined, pods })), running);
  assert.deepEqual(seen(factsOf('node-deleted', 5, { job: undefined, pods })), lost);
});

test('a Job that is being deleted is absent once its pod has ended', () => {
  const { job } = factsOf('running');
  assert(job);
  const leaving = { ...job, metadata: { ...job.metadata, deletionTimestamp: new Date('2026-11-21T06:10:00Z') } };
  assert.deepEqual(seen(factsOf('running', 5, { job: leaving })), running);
  assert.deepEqual(seen(factsOf('exit-69', 5, { job: leaving })), ['absent']);
});

test('what a finished Job says holds while its time to live deletes it', () => {
  const { job } = factsOf('complete');
  assert(job);
  const leaving = { ...job, metadata: { ...job.metadata, deletionTimestamp: new Date('2026-11-21T06:10:00Z') } };
  assert.deepEqual(seen(factsOf('complete', 5, { job: leaving })), ['ended', 'succeeded', 0]);
});

test('a pod deleted by hand is lost, while it can be seen and after', () => {
  assert.deepEqual(seen(factsOf('pod-deleted-by-hand')), [...lost, 143]);
  assert.deepEqual(seen(factsOf('pod-deleted-by-hand', 5, { pods: [] })), lost);
});

test('a pod that was there and is not, while its Job says nothing yet, is waited for', () => {
  assert.deepEqual(seen(factsOf('running', 5, { pods: [] })), running);
});

test('143 without a word of a disruption or deletion is a failure', () => {
  const facts = factsOf('pod-deleted-by-hand');
  const pods = facts.pods.map((pod) => ({ ...pod, metadata: { ...pod.metadata, deletionTimestamp: undefined } }));
  assert.deepEqual(seen({ ...facts, pods }), ['ended', 'failed', 143]);
});

test('a Job that failed beside a pod last seen running is looked at again', () => {
  assert.deepEqual(seen(factsOf('exit-69', 5, { pods: factsOf('running').pods })), running);
});

test('a pod deleted by force keeps its finalizer and never ends: it is lost, and its Job deleted', () => {
  assert.deepEqual(seen(factsOf('pod-deleted-by-force', 9)), running);
  const facts = factsOf('pod-deleted-by-force', 10);
  assert.deepEqual(seen(facts), lost);
  assert(isToBeDeleted(facts, observe(facts)));
});

test('a pod that the kubelet refused never ran: it is lost, with the reason', () => {
  const facts = factsOf('refused-by-kubelet');
  assert.deepEqual(seen(facts), lost);
  assert.match(reasonOf(observe(facts)), /enough resource: cpu/);
});

test('a pod whose container is being created is queued, however long the pull takes', () => {
  assert.deepEqual(observe(queuedFacts('container-creating', 3600)), { phase: 'queued' });
});

for (const [scene, outcome, words] of [
  ['unschedulable', 'lost', /0\/3 nodes are available/],
  ['image-pull-back-off', 'failed', /ImagePullBackOff: Back-off pulling image "ghcr.io/],
  ['missing-secret', 'failed', /CreateContainerConfigError: secret "task-secret" not found/],
] as const) {
  test(`${scene}: told at once, ${outcome} after its limit, and then the Job is deleted`, () => {
    const early = queuedFacts(scene, -60);
    assert.equal(observe(early).phase, 'queued');
    assert.match(reasonOf(observe(early)), words);
    assert(!isToBeDeleted(early, observe(early)));
    const late = queuedFacts(scene, 1);
    assert.deepEqual(seen(late), ['ended', outcome]);
    assert.match(reasonOf(observe(late)), words);
    assert(isToBeDeleted(late, observe(late)));
  });
}

test('each wait has a limit of its own', () => {
  const limits = { unschedulableSeconds: 700, imagePullSeconds: 700, podConfigSeconds: 700, nodeSilentSeconds: 2 };
  for (const [scene, name] of [
    ['unschedulable', 'unschedulableSeconds'],
    ['image-pull-back-off', 'imagePullSeconds'],
    ['missing-secret', 'podConfigSeconds'],
  ] as const) {
    assert.equal(observe({ ...queuedFacts(scene, 1), limits }).phase, 'queued', scene);
    assert.equal(observe({ ...queuedFacts(scene, 1), limits: { ...limits, [name]: 10 } }).phase, 'ended', scene);
  }
});

test('a Job that makes no pod is queued, and lost when that lasts', () => {
  const early = { ...queuedFacts('unschedulable', -60), pods: [] };
  assert.deepEqual(seen(early), ['queued']);
  const late = { ...queuedFacts('unschedulable', 1), pods: [] };
  assert.deepEqual(seen(late), lost);
  assert(isToBeDeleted(late, observe(late)));
});

test('a Job from before the attempt was queued is not ours: absent, and to be deleted', () => {
  const facts = factsOf('complete');
  const attempt = { ...facts.attempt, queuedAt: '2026-11-21T06:09:00.000Z' };
  assert.deepEqual(seen({ ...facts, attempt }), ['absent']);
  assert(isToBeDeleted({ ...facts, attempt }, { phase: 'absent' }));
});

test('a clock that is a little ahead, or whole seconds, do not make a Job foreign', () => {
  const { job, attempt } = factsOf('running');
  assert(job);
  assert(!isForeign(job, attempt));
  assert(!isForeign(job, { queuedAt: '2026-11-21T06:00:29.999Z' }));
  assert(isForeign(job, { queuedAt: '2026-11-21T06:00:30.001Z' }));
});

test('a Job that lives on after a loss is to be deleted, a finished or running one is not', () => {
  for (const [scene, expected] of [
    ['node-deleted', true],
    ['node-silent', true],
    ['node-silent-pod-evicted', true],
    ['running', false],
    ['complete', false],
    ['exit-69', false],
    ['evicted-pod-gone', false],
    ['power-back-same-machine', false],
    ['pod-deleted-by-hand', false],
  ] as const) {
    const facts = factsOf(scene, 40);
    assert.equal(isToBeDeleted(facts, observe(facts)), expected, scene);
  }
});

test('only pods of this very Job count, and the newest of them', () => {
  const { pods } = factsOf('exit-69');
  const others = pods.map((pod) => ({
    ...pod,
    metadata: { ...pod.metadata, creationTimestamp: new Date('2026-11-21T06:20:00Z'), ownerReferences: [{ uid: 'x' }] },
  }));
  assert.deepEqual(seen(factsOf('running', 5, { pods: [...others, ...factsOf('running').pods] })), running);
  const older = pods.map((pod) => ({
    ...pod,
    metadata: { ...pod.metadata, creationTimestamp: new Date('2026-11-21T05:59:00Z') },
  }));
  assert.deepEqual(seen(factsOf('running', 5, { pods: [...older, ...factsOf('running').pods] })), running);
});
