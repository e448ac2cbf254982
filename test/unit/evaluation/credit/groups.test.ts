import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDataset } from '../../../../tasks/dataset/read-dataset.ts';
import { groupingsOf, groupRows, scoreGroups } from '../../../../tasks/evaluation/credit/groups.ts';
import { scoreRows } from '../score-rows.ts';

const dataset = parseDataset(`
table: t
id: id
label: {column: y}
features:
  age: {type: integer, nullable: true}
  kind: {type: category, values: [a, b]}
  owner: {type: boolean}
groups: {age: [25, 50], kind: true, owner: true}
`);

test('a row falls into the group that begins with its value, a missing value into one of its own', () => {
  const features = [Float64Array.of(24, 25, 50, Number.NaN), Float64Array.of(0, 1, 1, 0), Float64Array.of(1, 0, 0, 0)];
  const named = groupRows(groupingsOf(dataset), features).map(({ grouping, groupOfRow }) =>
    Array.from(groupOfRow, (group) => grouping.names[group]),
  );
  assert.deepEqual(named, [
    ['under 25', '25 to under 50', '50 and over', 'missing'],
    ['a', 'b', 'b', 'a'],
    ['true', 'false', 'false', 'false'],
  ]);
});

test('groups are compared with the highest approval rate among those of 30 rows and more', () => {
  // under 25: 40 rows, half of them approved; 25 to 50: 40 rows, all approved; above: 10 rows, all refused; none missing
  const ages = Array.from({ length: 90 }, (_, row) => (row < 40 ? 20 : row < 80 ? 30 : 60));
  const [age] = groupRows(groupingsOf(dataset), [Float64Array.from(ages)]);
  assert.ok(age);
  const rows = scoreRows(ages.map((years, row) => [row % 2, years === 20 ? row % 2 : years === 30 ? 0.2 : 0.9]));
  const { groups, withoutRows } = scoreGroups(age, rows);
  assert.deepEqual(withoutRows, ['missing']);
  assert.deepEqual(
    groups.map(({ rows, approvalRate, approvalRatio, reachesFourFifths }) => [
      ...[rows, approvalRate, approvalRatio, reachesFourFifths],
    ]),
    [
      [40, 0.5, 0.5, false],
      [40, 1, 1, true],
      [10, 0, null, null],
    ],
  );
});

test('a group alone is compared with none', () => {
  const [age] = groupRows(groupingsOf(dataset), [new Float64Array(40).fill(30)]);
  assert.ok(age);
  const { groups } = scoreGroups(age, scoreRows(Array.from({ length: 40 }, () => [0, 0.1])));
  assert.deepEqual(
    groups.map(({ approvalRatio, rocAuc }) => [approvalRatio, rocAuc]),
    [[null, null]],
  );
});
