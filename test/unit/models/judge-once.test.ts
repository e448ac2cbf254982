import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChampionStore } from '../../../pipeline/models/champion-store.ts';
import { judgeOnce } from '../../../pipeline/models/judge-once.ts';
import type { ArtifactSet } from '../../../tasks/artifacts/artifact-set.ts';
import { AttemptArtifacts } from '../../../tasks/artifacts/attempt-artifacts.ts';
import { outputsOf } from '../../../tasks/artifacts/catalogue.ts';
import { parametersOf } from '../../../tasks/runtime/settings.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { publishOutputs, settings } from '../../support/publish-outputs.ts';
import { setOver } from '../../support/publishing.ts';

const run = { timestamp: '20240101T000000', runId: 'scheduled__2024-01-01T00:00:00+00:00' };
const schedule = { startDate: new Date('2024-01-01'), everyDays: 10 };
const judging = {
  schedule,
  promotion: 'auto',
  gates: { scores: [] },
  leastRows: 200,
  clock: () => new Date('2024-02-01'),
} as const;

/** Notes what is read of it. */
class NotingStore extends MemoryStore {
  readonly read: string[] = [];
  override get(key: string) {
    this.read.push(key);
    return super.get(key);
  }
}

async function publishEvaluation(set: ArtifactSet): Promise<void> {
  const [task, outputs] = ['evaluate_model', outputsOf('evaluate_model')] as const;
  const artifacts = await AttemptArtifacts.begin(set, outputs, parametersOf(settings), { task, number: 1 });
  for (const input of ['model', 'testLoans'] as const) await Array.fromAsync(await artifacts.read(input));
  for (const output of outputs) await artifacts.publish(output, [Buffer.from('{"accuracy": 0.8}')]);
}

test('a model is judged once: afterwards neither it nor the loans are read', async () => {
  const store = new NotingStore();
  const set = setOver(store);
  for (const task of ['create_s3_bucket', 'fetch_data', 'train_model'] as const) await publishOutputs(set, task);
  await publishEvaluation(set);

  const first = await judgeOnce(store, set.dagId, run, judging);
  assert.equal(first?.verdict.decision, 'promoted');
  assert.ok(first.isNew);
  assert.equal((await new ChampionStore(store, set.dagId).read())?.timestamp, run.timestamp);

  store.read.length = 0;
  assert.deepEqual(await judgeOnce(store, set.dagId, run, judging), { ...first, isNew: false });
  assert.deepEqual(store.read, [`${set.dagId}/models/verdicts/${run.timestamp}.json`, `${set.keyOf('model')}.SUCCESS`]);
});

test('a model that was moved before a crash is judged beside the champion before it', async () => {
  const store = new MemoryStore();
  const [older, newer] = [
    { timestamp: '20231222T000000', model: 'an older model', sha256: 'abc' },
    { ...run, model: setOver(store).keyOf('model') },
  ];
  const set = setOver(store);
  for (const task of ['create_s3_bucket', 'fetch_data', 'train_model'] as const) await publishOutputs(set, task);
  await publishEvaluation(set);
  const { sha256 = '' } = (await set.readMarker('model')) ?? {};
  const champions = new ChampionStore(store, set.dagId);
  const decision = { reason: 'it is the newest', decidedBy: 'PROMOTION=auto', decidedAt: '2024-02-01T00:00:00.000Z' };
  const first = await champions.move({ ...older, runId: 'older', scores: {} }, decision, undefined);
  await champions.move({ ...newer, sha256, scores: {} }, decision, first);

  const judgement = await judgeOnce(store, set.dagId, run, judging);
  assert.partialDeepStrictEqual(judgement?.verdict, {
    decision: 'promoted',
    against: older.timestamp,
    comparison: { impossible: 'an older model is missing' },
    drift: { impossible: `${set.keyOf('profile')} was altered, or is of another version: run fetch_data again` },
  });
});
