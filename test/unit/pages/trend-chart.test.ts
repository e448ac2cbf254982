import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trendChart } from '../../../pipeline/pages/trend-chart.ts';

const chartOf = (values: readonly (number | undefined)[]) =>
  trendChart({ name: 'accuracy', values, text: (value) => value.toFixed(1) })[0]?.text ?? '';

test('the line goes from the lowest to the highest value, and is broken where a run has none', () => {
  const chart = chartOf([1, 3, undefined, 2]);
  assert.match(chart, /class="line" d="M0\.0 60\.0L100\.0 0\.0M300\.0 30\.0"/);
  assert.match(chart, /1\.0 to 3\.0 in 3 runs, median 2\.0/);
});

test('values that are all equal lie in the middle', () => {
  assert.match(chartOf([2, 2]), /class="line" d="M0\.0 30\.0L300\.0 30\.0"/);
});

test('one value is no trend', () => {
  assert.equal(chartOf([undefined, 1]), '');
});
