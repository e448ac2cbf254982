import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CannotSplit, stratifiedSplit } from '../../../tasks/forest/train-test-split.ts';

// what scikit-learn 1.9.1 gives for train_test_split(range(n), test_size, random_state, stratify=labels)
const splits: [labels: number[], testSize: number, randomState: number, train: number[], test: number[]][] = [
  [[0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1], 0.2, 42, [0, 2, 11, 1, 4, 7, 5, 10, 3], [9, 6, 8]],
  [[0, 0, 0, 1, 1, 1, 1, 0, 1, 0, 0], 0.25, 7, [10, 4, 8, 2, 5, 6, 7, 0], [9, 1, 3]],
  [
    [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2],
    0.5,
    4294967295,
    [10, 3, 13, 7, 9, 14, 2],
    [11, 12, 1, 5, 0, 8, 6, 4],
  ],
  [[1, 1, 1, 1, 1, 1], 0.2, 0, [3, 5, 1, 2], [0, 4]],
  // shares that must be divided before they are multiplied
  [[3, 3, 0, 1, 0, 0, 2, 2, 2, 1, 2, 3, 0, 2, 0], 0.3, 80, [7, 2, 8, 0, 12, 6, 1, 3, 9, 4], [13, 11, 14, 10, 5]],
  // tied classes that all get the row left over: the order is drawn all the same
  [[0, 1, 0, 1, 2, 2, 2, 1], 0.3, 30, [6, 0, 5, 1, 7], [2, 4, 3]],
];

for (const [labels, testSize, randomState, train, testRows] of splits) {
  test(`${labels.length} rows split at ${testSize} with seed ${randomState} as scikit-learn splits them`, () => {
    const split = stratifiedSplit(Uint8Array.from(labels), testSize, randomState);
    assert.deepEqual([[...split.train], [...split.test]], [train, testRows]);
  });
}

const twoClasses = fc
  .tuple(fc.array(fc.constantFrom(0, 1), { minLength: 20, maxLength: 300 }), fc.nat(0xffffffff))
  .map(([labels, seed]) => ({ labels: Uint8Array.from([0, 0, 1, 1, ...labels]), seed }));

test('every row lands on exactly one side, a fifth of them on the test side', () => {
  fc.assert(
    fc.property(twoClasses, ({ labels, seed }) => {
      const { train, test } = stratifiedSplit(labels, 0.2, seed);
      assert.equal(test.length, Math.ceil(labels.length * 0.2));
      assert.deepEqual([...train, ...test].sort(ascending), [...labels.keys()]);
    }),
  );
});

test('each class keeps its share on the test side to within one row', () => {
  fc.assert(
    fc.property(twoClasses, ({ labels, seed }) => {
      const { test } = stratifiedSplit(labels, 0.2, seed);
      const share = sum(labels) / labels.length;
      const positives = sum(test.map((row) => labels[row] ?? 0));
      assert.ok(Math.abs(positives - share * test.length) <= 1);
    }),
  );
});

test('the labels given are left as they were', () => {
  const labels = Uint8Array.of(1, 0, 1, 0, 1, 0, 0, 0, 1, 1);
  const before = labels.slice();
  stratifiedSplit(labels, 0.2, 42);
  assert.deepEqual(labels, before);
});

const hopeless: [why: string, labels: number[], testSize: number, message: RegExp][] = [
  ['a class has a single row', [0, 0, 0, 0, 1], 0.2, /^expected at least 2 rows of every class, found 1 of class 1$/],
  ['the test part is smaller than the number of classes', [0, 0, 1, 1], 0.2, /2 to test on .*found 3 and 1$/],
  ['the train part is smaller than the number of classes', [0, 0, 1, 1], 0.7, /2 rows to train on .*found 1 and 3$/],
  ['there are no rows', [], 0.2, /found 0 and 0$/],
  ['the test size leaves no test rows', [0, 0, 1, 1], 0, /found 4 and 0$/],
  ['the test size is not a number', [0, 0, 1, 1], Number.NaN, /found NaN and NaN$/],
];

for (const [why, labels, testSize, message] of hopeless) {
  test(`rows cannot be split when ${why}`, () => {
    assert.throws(
      () => stratifiedSplit(Uint8Array.from(labels), testSize, 42),
      (error) => error instanceof CannotSplit && message.test(error.message),
    );
  });
}

function ascending(a: number, b: number): number {
  return a - b;
}

function sum(values: Iterable<number>): number {
  return [...values].reduce((total, value) => total + value, 0);
}
