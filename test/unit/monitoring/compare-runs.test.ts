import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compareRuns, readContents } from '../../../pipeline/monitoring/compare-runs.ts';
import { ArtifactSet } from '../../../tasks/artifacts/artifact-set.ts';
import { AttemptArtifacts } from '../../../tasks/artifacts/attempt-artifacts.ts';
import { inputsOf, outputsOf, type TaskId, taskIds } from '../../../tasks/artifacts/catalogue.ts';
import { encodeModel } from '../../../tasks/model/encode-model.ts';
import { treeHashes } from '../../../tasks/model/tree-hashes.ts';
import { parametersOf } from '../../../tasks/runtime/settings.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { settings } from '../../support/publish-outputs.ts';
import { randomForest } from '../../support/random-forest.ts';

const dagId = 'credit_default_pipeline';
const forest = (seed: number, trees: number) => randomForest(seed, { features: 5, trees, maxDepth: 4 });

interface Made {
  readonly trees?: number;
  readonly mean?: number;
  readonly accuracy?: number;
  readonly estimators?: number;
  readonly tasks?: readonly TaskId[];
}

/** Publishes what the tasks would. */
async function publish(
  set: ArtifactSet,
  { trees = 3, mean = 5, accuracy = 0.75, estimators = 3, tasks = taskIds }: Made,
) {
  const statistics = { rows: 10, columns: { age: { nulls: 0, mean } }, classes: { 0: 6, 1: 4 } };
  const model = encodeModel(forest(1, trees), {});
  const bytes: Partial<Record<string, Uint8Array>> = {
    loans: Buffer.from(`mean ${mean}`),
    model,
    metricsJson: Buffer.from(JSON.stringify({ accuracy, roc_auc: null, confusion_matrix: { tp: 2 }, warnings: ['a'] })),
  };
  for (const taskId of tasks) {
    const all = parametersOf({ ...settings, N_ESTIMATORS: estimators });
    const artifacts = await AttemptArtifacts.begin(set, outputsOf(taskId), all, { task: taskId, number: 1 });
    for (const input of inputsOf(taskId)) await Array.fromAsync(await artifacts.read(input));
    for (const name of outputsOf(taskId))
      await artifacts.publish(name, [bytes[name] ?? Buffer.from(name)], () => ({ rows: 10, statistics }));
  }
}

async function contentsOf(made: Made, store = new MemoryStore(), timestamp = '20240101T000000') {
  const set = new ArtifactSet(store, dagId, timestamp);
  await publish(set, made);
  return readContents(set);
}

async function compare(first: Made, second: Made) {
  const store = new MemoryStore();
  return compareRuns(await contentsOf(first, store), await contentsOf(second, store, '20240111T000000'));
}

const differing = (values: readonly { readonly name: string; readonly isSame: boolean }[]) =>
  values.filter(({ isSame }) => !isSame).map(({ name }) => name);

describe('two runs', () => {
  test('that published the same bytes with the same settings are the same', async () => {
    const { isSame, loans, profile, trees, scores, artifacts } = await compare({}, {});
    assert.equal(isSame, true);
    assert.deepEqual(
      loans.map(({ name, first }) => [name, first]),
      [
        ['rows', 10],
        ['class 0', 6],
        ['class 1', 4],
      ],
    );
    assert.deepEqual(
      profile.map(({ name, first }) => [name, first]),
      [
        ['age.nulls', 0],
        ['age.mean', 5],
      ],
    );
    assert.deepEqual(trees, { first: 3, second: 3, inCommon: 3 });
    assert.deepEqual(
      scores.map(({ name, second }) => [name, second]),
      [
        ['accuracy', 0.75],
        ['roc_auc', null],
        ['confusion_matrix.tp', 2],
      ],
    );
    assert.deepEqual([...new Set(artifacts.map(({ state }) => state))], ['same']);
  });

  test('differ in the data, the setting, the trees and the score in which they do, and nowhere else', async () => {
    const compared = await compare({}, { mean: 6, trees: 5, accuracy: 0.8, estimators: 5 });
    assert.equal(compared.isSame, false);
    assert.deepEqual(differing(compared.loans), []);
    assert.deepEqual(differing(compared.profile), ['age.mean']);
    assert.deepEqual(differing(compared.parameters), ['N_ESTIMATORS']);
    assert.deepEqual(compared.trees, { first: 3, second: 5, inCommon: 3 });
    assert.deepEqual(differing(compared.scores), ['accuracy']);
    assert.deepEqual(differing(compared.artifacts), ['loans', 'model', 'metricsJson']);
  });

  test('of which one is not evaluated are compared as far as it has come', async () => {
    const compared = await compare({}, { tasks: ['create_s3_bucket', 'fetch_data'] });
    assert.deepEqual(compared.trees, { first: 3, second: null, inCommon: 0 });
    assert.deepEqual(differing(compared.loans), []);
    assert.deepEqual(
      compared.artifacts.filter(({ state }) => state === 'missing').map(({ name }) => name),
      taskIds.slice(2).flatMap(outputsOf),
    );
  });
});

test('a model whose bytes are not those that its marker names is refused, though it looks untouched', async () => {
  const store = new MemoryStore();
  await contentsOf({}, store);
  const set = new ArtifactSet(store, dagId, '20240101T000000');
  const model = store.objects.get(set.keyOf('model'));
  assert(model);
  store.objects.set(set.keyOf('model'), { ...model, bytes: model.bytes.with(100, model.bytes[100] === 1 ? 2 : 1) });
  await assert.rejects(readContents(set), {
    name: 'InputRefused',
    message: /\.onnx was altered.*run train_model first/,
  });
});

test('a tree that stands twice is in common twice only where it stands twice in both', () => {
  const contents = (trees: readonly string[]) => ({ markers: new Map(), scores: [], trees });
  const inCommon = (first: string, second: string) =>
    compareRuns(contents([...first]), contents([...second])).trees.inCommon;
  assert.deepEqual(
    [inCommon('aab', 'ac'), inCommon('ac', 'aab'), inCommon('aab', 'aabb'), inCommon('', 'a')],
    [1, 1, 3, 0],
  );
});

test('trees are known by their nodes: one threshold, feature or leaf apart is another tree', () => {
  const [first, ...rest] = treeHashes(forest(1, 4));
  assert.equal(new Set([first, ...rest]).size, 4);
  assert.deepEqual(treeHashes(forest(1, 2)), [first, rest[0]]);
  for (const column of ['feature', 'threshold', 'childrenRight', 'weight0', 'weight1'] as const) {
    const changed = forest(1, 4);
    changed[column][changed.treeStart[1] ?? 0] = 7;
    const hashes = treeHashes(changed);
    assert.deepEqual([hashes[0], ...hashes.slice(2)], [first, ...rest.slice(1)], column);
    assert.notEqual(hashes[1], rest[0], column);
  }
});
