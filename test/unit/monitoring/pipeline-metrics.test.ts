import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pipelineMetrics } from '../../../pipeline/monitoring/pipeline-metrics.ts';
import type { RunRecord } from '../../../pipeline/orchestrator/run-record.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { dag, endedAttempt, recordWith, secondsLater } from '../../support/run-records.ts';

const lost = { ...endedAttempt(2, 'lost'), startedAt: undefined };
const succeeded = { ...endedAttempt(3, 'succeeded', 0), startedAt: secondsLater(20).toISOString() };
const record: RunRecord = {
  ...recordWith({ train_model: { state: 'success', attempts: [endedAttempt(1, 'failed', 70), lost, succeeded] } }),
  state: 'success',
  endedAt: secondsLater(60).toISOString(),
};

function samplesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

async function samples(records: readonly RunRecord[]) {
  const found = samplesOf(
    await pipelineMetrics(dag, new MemoryStore(), records, { spot: { nodeHour: 36 } }, secondsLater(100)),
  );
  return (name: string) => found.get(`credit_default_pipeline_${name}`);
}

test('attempts are counted by how they ended, where, and whether they were charged', async () => {
  const sample = await samples([record, record]);
  const attempts = (outcome: string) =>
    sample(`attempts_total{task="train_model",outcome="${outcome}",placement="spot"}`);
  assert.deepEqual(['failed', 'lost', 'succeeded', 'preempted'].map(attempts), [2, 2, 2, undefined]);
  assert.equal(sample('retries_charged_total{task="train_model"}'), 2);
  assert.equal(sample('preemptions_total{task="train_model"}'), 2);
});

test('durations are those of attempts that succeeded, waiting that of all', async () => {
  const sample = await samples([record]);
  assert.equal(sample('task_last_duration_seconds{task="train_model"}'), 40);
  assert.equal(sample('task_last_queue_seconds{task="train_model"}'), 20);
  assert.equal(sample('task_duration_seconds_sum{task="train_model"}'), 40);
  assert.equal(sample('task_duration_seconds_count{task="train_model"}'), 1);
  assert.equal(sample('task_queue_seconds_count{task="train_model"}'), 3);
});

test('what attempts asked for is counted by placement, and the last run has its cost', async () => {
  const sample = await samples([record, record]);
  // of each record: a minute that failed, 40 s that succeeded; 0.5 vCPU and 1 GiB
  assert.equal(sample('requested_vcpu_seconds_total{placement="spot"}'), 100);
  assert.equal(sample('requested_memory_byte_seconds_total{placement="spot"}'), 200 * 2 ** 30);
  assert.equal(sample('last_run_cost_usd'), 1);
});

test('ages show how old the model is, and what is due', async () => {
  const sample = await samples([record]);
  assert.equal(sample('last_published_age_seconds'), 40);
  assert.equal(sample('last_published_timestamp_seconds'), secondsLater(60).getTime() / 1000);
  // on 1 February the run of 21 January is due since 31 January
  assert.equal(sample('due_timestamp_seconds'), Date.parse('2024-01-31T00:00:00Z') / 1000);
  assert.equal(sample('run_state{state="none"}'), 1);
  assert.equal((await samples([]))('last_published_age_seconds'), undefined);
});

test('the run that is due is missing since it was due, or since it is done again', async () => {
  const dueAt = '2024-01-31T00:00:00.000Z';
  const due = { ...record, timestamp: '20240121T000000' };
  const since = async (...records: RunRecord[]) => (await samples(records))('missing_since_timestamp_seconds');
  assert.equal(await since(record), Date.parse(dueAt) / 1000);
  assert.equal(await since({ ...due, state: 'success' }), undefined);
  const unpublishedAt = '2024-01-31T20:00:00.000Z';
  assert.equal(await since({ ...due, state: 'running', unpublishedAt }), Date.parse(unpublishedAt) / 1000);
});

test('names follow the rules of Prometheus, and each has its help and its type', async () => {
  const text = await pipelineMetrics(dag, new MemoryStore(), [record], undefined, secondsLater(100));
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]));
  for (const [name, type] of types) {
    assert.match(name, /^credit_default_pipeline_[a-z_]+$/);
    assert.equal(name.endsWith('_total'), type === 'counter', name);
    assert.match(text, new RegExp(`^# HELP ${name} .*\\.$`, 'm'));
  }
});
