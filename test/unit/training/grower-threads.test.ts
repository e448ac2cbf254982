import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growForest, joinTrees } from '../../../tasks/forest/grow-forest.ts';
import { GrowerThreads } from '../../../tasks/training/grower-threads.ts';
import { forestWithGaps } from '../../support/forest-with-gaps.ts';
import { randomLoans } from '../../support/random-loans.ts';

const parameters = { nEstimators: 7, maxDepth: 4, randomState: 42 };
const never = new AbortController().signal;
const ignore = () => {};

for (const threads of [1, 2, 3, 7]) {
  test(`${threads} threads grow the forest that is grown here`, async () => {
    const data = randomLoans(300);
    await using growers = new GrowerThreads(threads);
    const grown: number[] = [];
    const onTree = (number: number) => grown.push(number);
    const trees = await growers.grow({ data, parameters, known: new Map(), onTree }, never);
    assert.deepEqual(joinTrees(data.featureNames, trees), growForest(data, parameters));
    assert.deepEqual(grown.sort(), [0, 1, 2, 3, 4, 5, 6]);
  });
}

for (const features of [3, 500]) {
  test(`threads grow the forest that is grown here where values of ${features} features are missing`, async () => {
    const { data } = forestWithGaps(8, { features });
    await using growers = new GrowerThreads(2);
    const trees = await growers.grow({ data, parameters, known: new Map(), onTree: ignore }, never);
    const forest = joinTrees(data.featureNames, trees);
    assert.ok(forest.missingGoToLeft?.some((left) => left === 1));
    assert.deepEqual(forest, growForest(data, parameters));
  });
}

test('trees that are known are not grown', async () => {
  const data = randomLoans(300);
  await using first = new GrowerThreads(2);
  const trees = await first.grow({ data, parameters, known: new Map(), onTree: ignore }, never);
  await using second = new GrowerThreads(2);
  const grown: number[] = [];
  const known = new Map([...trees.entries()].filter(([number]) => number !== 3 && number !== 5));
  const again = await second.grow({ data, parameters, known, onTree: (number) => grown.push(number) }, never);
  assert.deepEqual(again, trees);
  assert.deepEqual(grown.sort(), [3, 5]);
  await using none = new GrowerThreads(0);
  const all = new Map(trees.entries());
  assert.deepEqual(await none.grow({ data, parameters, known: all, onTree: ignore }, never), trees);
});

test('an abort ends the growing in the midst of the trees', async () => {
  const controller = new AbortController();
  const endless = { ...parameters, nEstimators: 1_000_000 };
  await using growers = new GrowerThreads(2);
  const growth = { data: randomLoans(300), parameters: endless, known: new Map(), onTree: () => controller.abort() };
  await assert.rejects(growers.grow(growth, controller.signal), { name: 'AbortError' });
});

test('a thread that dies is an error', async () => {
  const endless = { ...parameters, nEstimators: 1_000_000 };
  const growers = new GrowerThreads(2);
  let ending: PromiseLike<void> | undefined;
  const onTree = () => {
    ending ??= growers[Symbol.asyncDispose]();
  };
  const growth = { data: randomLoans(300), parameters: endless, known: new Map(), onTree };
  await assert.rejects(growers.grow(growth, never), /found one that exited/);
  await ending;
});

test('values that cannot be trained on are refused', async () => {
  const data = randomLoans(10);
  data.features[0]?.fill(1e39);
  await using growers = new GrowerThreads(1);
  const growth = { data, parameters, known: new Map(), onTree: ignore };
  await assert.rejects(growers.grow(growth, never), /finite as float32.*1e\+39/);
});
