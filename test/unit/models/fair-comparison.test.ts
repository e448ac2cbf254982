import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Candidate, type Champion, championSchema } from '../../../pipeline/models/champion.ts';
import { compareFairly, NoFairComparison } from '../../../pipeline/models/fair-comparison.ts';
import { pairedAuc } from '../../../pipeline/models/paired-auc.ts';
import { type Evidence, judge, noEvidence } from '../../../pipeline/models/verdict.ts';
import { artifactKey } from '../../../tasks/artifacts/artifact-keys.ts';
import { sha256Of } from '../../../tasks/artifacts/digest.ts';
import { ofCreditDefault } from '../../../tasks/dataset/dataset.ts';
import { growForest } from '../../../tasks/forest/grow-forest.ts';
import { MersenneTwister } from '../../../tasks/forest/mersenne-twister.ts';
import { predict } from '../../../tasks/forest/predict.ts';
import { stratifiedSplit } from '../../../tasks/forest/train-test-split.ts';
import { type Loans, readLoans } from '../../../tasks/loans/read-loans.ts';
import { decodeModel } from '../../../tasks/model/decode-model.ts';
import { encodeModel } from '../../../tasks/model/encode-model.ts';
import { columnNames, headerLine } from '../../support/article-columns.ts';
import { MemoryStore } from '../../support/memory-store.ts';

const dagId = 'dag';
const [then, now] = ['20240101T000000', '20240111T000000'];
const worlds = 100;
const [rowsThen, rowsAdded, rowsToCome] = [4000, 2000, 1000];
const wholeForest = { nEstimators: 15, maxDepth: 10 };
const stump = { nEstimators: 1, maxDepth: 1 };

/** Loans by two rules: before a change the credit score decides, after it the age does. */
function loansOf(random: MersenneTwister, rows: number, hasChanged: boolean): string[] {
  const uniform = () => random.next32() / 2 ** 32;
  return Array.from({ length: rows }, () => {
    const [score, age] = [uniform(), uniform()];
    const risk = 0.02 + 0.96 * (hasChanged ? age : 1 - score);
    const loan = [1000 + Math.floor(50_000 * uniform()), 20_000 + Math.floor(80_000 * uniform())];
    const cells = [...loan, 300 + Math.floor(550 * score), 18 + Math.floor(100 * age), 36, Number(uniform() < risk)];
    return `${cells.join(',')}\n`;
  });
}

function parse(lines: readonly string[]): Promise<Loans> {
  return readLoans(ofCreditDefault, streamed([Buffer.from(`${headerLine}${lines.join('')}`)]));
}

async function* streamed(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** Publishes loans and the model trained on them, as the run of `timestamp` does. */
async function train(
  store: MemoryStore,
  timestamp: string,
  lines: readonly string[],
  forest: { nEstimators: number; maxDepth: number },
): Promise<Champion> {
  const csv = Buffer.from(`${headerLine}${lines.join('')}`);
  const loans = await parse(lines);
  const { train: rows } = stratifiedSplit(loans.labels, 0.2, 42);
  const grown = growForest({ featureNames: columnNames.slice(0, 5), ...loans, rows }, { ...forest, randomState: 42 });
  const metadata = { data_rows: `${lines.length}`, data_sha256: sha256Of(csv), test_size: '0.2', random_state: '42' };
  const bytes = encodeModel(grown, metadata);
  const model = artifactKey(dagId, timestamp, 'model');
  await store.put(model, bytes);
  await store.put(artifactKey(dagId, timestamp, 'loans'), csv);
  const decision = { reason: 'it is the newest', decidedBy: 'PROMOTION=auto', decidedAt: '2024-02-01T00:00:00.000Z' };
  const candidate: Candidate = { timestamp, runId: timestamp, model, sha256: sha256Of(bytes), scores: {} };
  return championSchema.parse({ version: 1, number: 1, ...candidate, ...decision, before: null });
}

async function scores(
  store: MemoryStore,
  { model }: Champion,
  { features, labels }: Pick<Loans, 'features' | 'labels'>,
) {
  const object = await store.get(model);
  const { forest } = decodeModel(Buffer.concat(await Array.fromAsync(object?.body ?? [])));
  return predict(forest, features, labels.length).probabilities;
}

/** The comparison of both on any loans. */
async function compareOn(
  store: MemoryStore,
  champion: Champion,
  challenger: Champion,
  loans: Pick<Loans, 'features' | 'labels'>,
) {
  const [older, newer] = [await scores(store, champion, loans), await scores(store, challenger, loans)];
  return pairedAuc(loans.labels, older, newer, 42);
}

function isRejected(challenger: Champion, champion: Champion, comparison: Evidence['comparison']): boolean {
  const gates = { scores: [], maxDrop: 0 };
  const evidence = { ...noEvidence, against: champion.timestamp, comparison };
  return judge(gates, challenger, false, evidence, 'auto', champion.decidedAt).decision === 'rejected';
}

test(`in ${worlds} worlds whose better model is known the fair comparison finds it, and the naive one does not`, async (t) => {
  let [fair, naive] = [0, 0];
  for (let seed = 0; seed < worlds; seed += 1) {
    const random = new MersenneTwister(seed);
    const store = new MemoryStore();
    // in one half the rule has changed, which only the challenger has seen; in the other it is a stump
    const hasChanged = seed % 2 === 0;
    const before = loansOf(random, rowsThen, false);
    const all = [...before, ...loansOf(random, rowsAdded, hasChanged)];
    const champion = await train(store, then, before, wholeForest);
    const challenger = await train(store, now, all, hasChanged ? wholeForest : stump);

    const truth = await compareOn(store, champion, challenger, await parse(loansOf(random, rowsToCome, hasChanged)));
    const lead = truth.challenger - truth.champion;
    assert.ok(hasChanged ? lead > 0.03 : lead < -0.03, `world ${seed} leaves it open`);
    const shouldReject = lead < 0;

    const comparison = await compareFairly(store, dagId, challenger, champion, 100);
    const loans = await parse(all);
    const { test: rows } = stratifiedSplit(loans.labels, 0.2, 42);
    const onAll = await compareOn(store, champion, challenger, pick(loans, rows));
    if (isRejected(challenger, champion, comparison) === shouldReject) fair += 1;
    if (isRejected(challenger, champion, { ...onAll, rows: rows.length }) === shouldReject) naive += 1;
  }
  t.diagnostic(`right in ${fair} of ${worlds} worlds; on all test loans, in ${naive}`);
  assert.ok(fair >= 95, `right in ${fair}`);
  assert.ok(naive < fair);
});

function pick({ features, labels }: Loans, rows: Uint32Array): Pick<Loans, 'features' | 'labels'> {
  return {
    features: features.map((values) => Float64Array.from(rows, (row) => values[row] ?? 0)),
    labels: Uint8Array.from(rows, (row) => labels[row] ?? 0),
  };
}

describe('no fair comparison is possible', () => {
  const random = new MersenneTwister(7);
  const before = loansOf(random, 300, false);
  const added = loansOf(random, 300, false);
  const changed = before.with(5, before[6] ?? '');
  const cases: readonly [what: string, lines: readonly string[], leastRows: number, sentence: RegExp][] = [
    ['where nothing was added', before, 1, /^no loans were added/],
    ['where rows are fewer', before.slice(1), 1, /^no loans were added/],
    ['where a row was changed', [...changed, ...added], 1, /changed or removed/],
    ['where a row was removed', [...before.slice(1), ...added], 1, /changed or removed/],
    ['where new rows stand before', [...added, ...before], 1, /stand behind new ones/],
    ['where few were added', [...before, ...added], 200, /^\d+ of the test loans .*at least 200 \(GATE_MIN_ROWS\)/],
    [
      'where those are of one class',
      [...before, ...added.filter((line) => line.endsWith('1\n'))],
      1,
      /all of one class/,
    ],
  ];
  for (const [what, lines, leastRows, sentence] of cases) {
    test(what, async () => {
      const store = new MemoryStore();
      const champion = await train(store, then, before, wholeForest);
      const challenger = await train(store, now, lines, wholeForest);
      await refused(compareFairly(store, dagId, challenger, champion, leastRows), sentence);
    });
  }

  test('where a model or the loans were altered or removed', async () => {
    const store = new MemoryStore();
    const champion = await train(store, then, before, wholeForest);
    const challenger = await train(store, now, [...before, ...added], wholeForest);
    const compare = () => compareFairly(store, dagId, challenger, champion, 1);
    assert.ok((await compare()).rows > 30);
    const loans = artifactKey(dagId, now, 'loans');
    await store.put(loans, Buffer.from(`${headerLine}${[...before, ...added.toReversed()].join('')}`));
    await refused(compare(), /fetch_data\S+ was altered/);
    await store.put(loans, Buffer.from('other bytes'));
    await refused(compare(), /fetch_data\S+ was altered/);
    await store.put(champion.model, Buffer.from('other bytes'));
    await refused(compare(), /train_model\S+ was altered/);
    await store.delete(champion.model);
    await refused(compare(), /train_model\S+ is missing/);
  });

  test('where the process has too little memory for both models', async (t) => {
    const store = new MemoryStore();
    const champion = await train(store, then, before, wholeForest);
    const challenger = await train(store, now, [...before, ...added], wholeForest);
    t.mock.method(process, 'availableMemory', () => 10_000);
    const comparison = compareFairly(store, dagId, challenger, champion, 1);
    await refused(comparison, /^it may take \d+ MB of memory, and 1 MB are free$/);
  });

  async function refused(comparison: Promise<unknown>, sentence: RegExp): Promise<void> {
    await assert.rejects(
      comparison,
      (error: Error) => error instanceof NoFairComparison && sentence.test(error.message),
    );
  }
});
