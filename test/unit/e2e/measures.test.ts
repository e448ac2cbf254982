import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readState } from '../../e2e/cluster-objects.ts';
import { handovers, jobsOfRun, overheads, podsOfJob, recoveryOf } from '../../e2e/measures.ts';
import { Sightings } from '../../e2e/sightings.ts';
import { job, node, pod } from './cluster-list.ts';

const dag = 'e2e_test';
const running = { running: {} };
const succeeded = { phase: 'Succeeded', state: { terminated: { exitCode: 0, reason: 'Completed' } } };

function labelsOf(task: string, attempt = 1) {
  return { dag, task, attempt: String(attempt), 'batch.kubernetes.io/job-name': `${task}-${attempt}` };
}

/** What was seen, of one list of objects for each moment. */
function sightingsOf(moments: Readonly<Record<number, readonly object[]>>): Sightings {
  const sightings = new Sightings();
  for (const [at, items] of Object.entries(moments)) sightings.see(readState({ items }), Number(at));
  return sightings;
}

test('an object is seen from when it first stood there until it ended, or was gone', () => {
  const { jobs, pods } = sightingsOf({
    1: [job('j'), pod('p')],
    2: [job('j'), pod('p', { state: running, nodeName: 'n' })],
    3: [job('j', { condition: 'Complete' }), pod('p', { state: running, nodeName: 'n' })],
    4: [job('j', { condition: 'Complete' })],
  });
  assert.partialDeepStrictEqual(jobs, [{ name: 'j', createdAt: 1, endedAt: 3 }]);
  assert.partialDeepStrictEqual(pods, [{ name: 'p', runningAt: 2, endedAt: 4, nodeName: 'n' }]);
});

test('a container has ended before its pod has', () => {
  const { pods } = sightingsOf({
    1: [pod('p', { phase: 'Running', state: succeeded.state })],
    2: [pod('p', succeeded)],
  });
  assert.partialDeepStrictEqual(pods, [{ runningAt: 1, doneAt: 1, endedAt: 2 }]);
});

test('a pod that came and went between two looks has run', () => {
  const { pods } = sightingsOf({
    5: [pod('p', { phase: 'Failed', state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } })],
  });
  assert.partialDeepStrictEqual(pods, [{ runningAt: 5, endedAt: 5, exitCode: 137, reason: 'OOMKilled' }]);
});

test('a Job that is created twice under one name is seen to be two', () => {
  const { jobs } = sightingsOf({ 1: [job('j', { uid: 'a' })], 2: [], 3: [job('j', { uid: 'b' })] });
  assert.deepEqual(jobs[0]?.uids, new Set(['a', 'b']));
});

test('a node is lost when it is not ready any more, or gone', () => {
  const sightings = sightingsOf({
    1: [node('a'), node('b'), node('never', { ready: 'False' })],
    2: [node('a', { ready: 'Unknown' }), node('b')],
    3: [node('a', { ready: 'Unknown' })],
    4: [node('a'), node('b')],
  });
  assert.deepEqual(
    ['a', 'b', 'never'].map((name) => sightings.nodeLostAt(name)),
    [2, 3, undefined],
  );
});

test('recovery is from the loss to the next attempt', () => {
  const first = [job('t-1', { labels: labelsOf('t') }), pod('t-1-x', { labels: labelsOf('t'), state: running })];
  const second = labelsOf('t', 2);
  const sightings = sightingsOf({
    10: first,
    12: [...first, job('t-2', { labels: second })],
    13.5: [...first, job('t-2', { labels: second }), pod('t-2-y', { labels: second, state: running })],
  });
  assert.deepEqual(recoveryOf(sightings, { dag, task: 't', attempt: 1 }, 11), { jobCreated: 1, podRunning: 2.5 });
  assert.deepEqual(recoveryOf(sightings, { dag, task: 't', attempt: 2 }, 11), {});
  assert.equal(jobsOfRun(sightings, dag).length, 2);
});

test('overhead is what lies between the end of one task and the start of the next', () => {
  const bucket = labelsOf('create_s3_bucket');
  const fetch = labelsOf('fetch_data');
  const orchestrator = pod('o-x', { labels: { 'batch.kubernetes.io/job-name': 'o' }, state: running });
  const done = [orchestrator, job('b', { labels: bucket }), pod('b-x', { labels: bucket, ...succeeded })];
  const sightings = sightingsOf({
    1: [orchestrator],
    3: [orchestrator, job('b', { labels: bucket }), pod('b-x', { labels: bucket, state: running })],
    6: done,
    7: [...done, job('f', { labels: fetch })],
    9: [...done, job('f', { labels: fetch }), pod('f-x', { labels: fetch, state: running })],
  });
  assert.equal(podsOfJob(sightings, 'o')[0]?.name, 'o-x');
  assert.deepEqual(overheads(sightings, dag, 'o'), [2, 3, Number.NaN, Number.NaN]);
  assert.deepEqual(handovers(sightings, dag), [1, Number.NaN, Number.NaN]);
});

test('a lost attempt whose pod hangs on its dead node makes no later overhead negative', () => {
  const lost = pod('b-1-x', { labels: labelsOf('create_s3_bucket', 1), state: running });
  const done = pod('b-2-x', { labels: labelsOf('create_s3_bucket', 2), ...succeeded });
  const fetch = labelsOf('fetch_data');
  const sightings = sightingsOf({
    1: [lost],
    2: [lost, done],
    4: [lost, done, job('f', { labels: fetch }), pod('f-x', { labels: fetch, state: running })],
    9: [done, job('f', { labels: fetch }), pod('f-x', { labels: fetch, state: running })],
  });
  assert.equal(overheads(sightings, dag, 'o')[1], 2);
  assert.equal(handovers(sightings, dag)[0], 2);
});
