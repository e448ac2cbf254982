import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChampionStore } from '../../../pipeline/models/champion-store.ts';
import { judgeOnce } from '../../../pipeline/models/judge-once.ts';
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

test('a model is judged once: afterwards neither it nor the loans are read, whoever is champion by then', async () => {
  const store = new NotingStore();
  const set = setOver(store);
  for (const task of ['create_s3_bucket', 'fetch_data', 'train_model'] as const) await publishOutputs(set, task);
  await publishEvaluation();

  const first = await judgeOnce(store, set.dagId, run, judging);
  assert.equal(first?.verdict.decision, 'promoted');
  assert.ok(first.isNew);
  assert.equal((await new ChampionStore(store, set.dagId).read())?.timestamp, run.timestamp);

  store.read.length = 0;
  assert.deepEqual(await judgeOnce(store, set.dagId, run, judging), { ...first, isNew: false });
  assert.deepEqual(store.read, [`${set.dagId}/models/verdicts/${run.timestamp}.json`, `${set.keyOf('model')}.SUCCESS`]);

  async function publishEvaluation(): Promise<void> {
    const [task, outputs] = ['evaluate_model', outputsOf('evaluate_model')] as const;
    const artifacts = await AttemptArtifacts.begin(set, outputs, parametersOf(settings), { task, number: 1 });
    for (const input of ['model', 'testLoans'] as const) await Array.fromAsync(await artifacts.read(input));
    for (const output of outputs) await artifacts.publish(output, [Buffer.from('{"accuracy": 0.8}')]);
  }
});
