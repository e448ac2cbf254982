import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnNames, headerLine, limits } from '../../support/article-columns.ts';

test('the header names the features, then the label', () => {
  assert.equal(headerLine, 'loan_amount,income,credit_score,age,loan_term,default_status\n');
});

test('every column has limits, in file order', () => {
  assert.deepEqual(
    limits.map(({ name }) => name),
    [...columnNames],
  );
});

const edges: [column: string, inside: number[], outside: number[]][] = [
  ['loan_amount', [0.01, 99_999_999.99], [0, -1, Number.POSITIVE_INFINITY, Number.NaN]],
  ['income', [0.01, 99_999_999.99], [0, -1, Number.POSITIVE_INFINITY, Number.NaN]],
  ['credit_score', [300, 850], [299, 851]],
  ['age', [18, 120], [17, 121]],
  ['loan_term', [1, 600], [0, 601]],
  ['default_status', [0, 1], [-1, 2]],
];

for (const [column, inside, outside] of edges) {
  test(`${column} accepts its edges and nothing beyond`, () => {
    const limit = limits.find(({ name }) => name === column);
    assert.ok(limit);
    const isInside = (value: number) => limit.min <= value && value <= limit.max;
    assert.ok(inside.every(isInside));
    assert.ok(!outside.some(isInside));
  });
}
