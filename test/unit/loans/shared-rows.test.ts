import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { countSharedRows } from '../../../tasks/loans/shared-rows.ts';

type Row = readonly [number, number, number];

function loansOf(rows: readonly Row[]) {
  return {
    rows: rows.length,
    features: [Float64Array.from(rows, ([a]) => a), Float64Array.from(rows, ([, b]) => b)],
    isInteger: [false, false],
    labels: Uint8Array.from(rows, ([, , label]) => label),
  };
}

function countOf(train: readonly Row[], held: readonly Row[]): number {
  const test = Uint32Array.from({ length: held.length }, (_, row) => train.length + row);
  return countSharedRows(loansOf([...train, ...held]), test);
}

test('a test row counts once for each time it stands in the test, whenever the training has it', () => {
  const train: Row[] = [
    [1, 2, 0],
    [1, 2, 0],
    [3, 4, 1],
  ];
  assert.equal(
    countOf(train, [
      [1, 2, 0],
      [1, 2, 0],
      [3, 4, 0],
      [5, 6, 1],
    ]),
    2,
  );
});

test('a row with another label or value is another row', () => {
  assert.equal(
    countOf(
      [[1, 2, 0]],
      [
        [1, 2, 1],
        [1, 2.0000000001, 0],
        [2, 1, 0],
      ],
    ),
    0,
  );
});

test('the count is that of comparing every pair', () => {
  const row = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.constantFrom(0.1, 0.2), fc.integer({ min: 0, max: 1 }));
  fc.assert(
    fc.property(fc.array(row), fc.array(row), (train, held) => {
      const isIn = (wanted: Row) => train.some((other) => other.every((value, at) => value === wanted[at]));
      assert.equal(countOf(train, held), held.filter(isIn).length);
    }),
  );
});
