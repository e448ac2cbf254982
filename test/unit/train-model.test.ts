import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { AttemptArtifacts } from '../../tasks/artifacts/attempt-artifacts.ts';
import { outputsOf } from '../../tasks/artifacts/catalogue.ts';
import { decodeModel } from '../../tasks/model/decode-model.ts';
import type { Fields } from '../../tasks/runtime/log.ts';
import { type ArtifactSettings, parametersOf, readTaskSettings } from '../../tasks/runtime/settings.ts';
import { trainModel } from '../../tasks/train-model.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { begin, publish, setOver } from '../support/publishing.ts';

const golden = new URL('../golden/plain-400/loans.csv', import.meta.url);
const { golden: importances } = JSON.parse(
  readFileSync(new URL('forest/feature-importances.json', import.meta.url), 'utf8'),
);

test("scikit-learn's importances stand in the model and in the log", async () => {
  const { metadata, logged } = await train({});
  const [loan_amount, income, credit_score, age, loan_term] = importances['plain-400'];
  assert.equal(metadata.feature_importances, [loan_amount, income, credit_score, age, loan_term].join(','));
  assert.deepEqual(logged.get('feature importances'), { loan_amount, income, credit_score, age, loan_term });
});

test('an engine that keeps no impurities gives no importances', async () => {
  const { metadata, logged } = await train({ FOREST_ENGINE: 'ml-random-forest', N_ESTIMATORS: '3' });
  assert.equal(metadata.engine, 'ml-random-forest');
  assert.ok(!('feature_importances' in metadata) && !logged.has('feature importances'));
});

/** Trains on the golden loans; gives the model's metadata and what was logged by its message. */
async function train(environment: Record<string, string>) {
  const store = new MemoryStore();
  const settings = readTaskSettings({ ARTIFACT_STORE: 'file:///unused', ...environment });
  await publish(store, 'loans', readFileSync(golden, 'utf8'), settings);
  const artifacts = await attemptOf(store, settings);
  const logged = new Map<string, Fields | undefined>();
  const log = (message: string, fields?: Fields) => logged.set(message, fields);
  await trainModel.run({
    settings,
    environment,
    run: { dagId: 'credit_default_pipeline', timestamp: '20240101T000000', logicalDate: new Date('2024-01-01') },
    store,
    artifacts,
    missing: outputsOf(trainModel.taskId),
    log: { info: log, warn: log, error: log },
    signal: new AbortController().signal,
    progress: () => {},
  });
  const reader = await begin(store, 'metrics', settings);
  const { metadata } = decodeModel(Buffer.concat(await Array.fromAsync(await reader.read('model'))));
  return { metadata, logged };
}

function attemptOf(store: MemoryStore, settings: ArtifactSettings): Promise<AttemptArtifacts> {
  const task = trainModel.taskId;
  return AttemptArtifacts.begin(setOver(store), outputsOf(task), parametersOf(settings), { task, number: 1 });
}
