import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDataset } from '../../../tasks/dataset/read-dataset.ts';
import { modelCard, modelCardJson } from '../../../tasks/evaluation/model-card.ts';
import { parametersOf, readTaskSettings } from '../../../tasks/runtime/settings.ts';
import { goldenSets } from '../../golden/golden-sets.ts';
import { cardOf, evaluated } from '../../support/card-of.ts';

const [set] = goldenSets.filter(({ name }) => name === 'separable-203');
assert.ok(set);

test('the same loans give the same bytes', async () => {
  assert.equal(modelCardJson((await cardOf(set)).card), modelCardJson((await cardOf(set)).card));
});

test('a basic card has the scores and their distribution, and nothing of the credit report', async () => {
  const { question } = await cardOf(set);
  const { credit, ...basic } = modelCard(question);
  assert.equal(credit, undefined);
  assert.deepEqual(Object.keys(basic.scores.accuracy ?? {}), ['value']);
  const { repaid, defaulted } = basic.scoreDistribution;
  const rows = [...repaid, ...defaulted].reduce((sum, count) => sum + count);
  assert.deepEqual([rows, basic.data.trainingRows, basic.data.rows], [41, 162, 203]);
});

test('what was made with the defaults has no parameters, as before there were such settings', () => {
  const parameters = (environment: Record<string, string>) => parametersOf(readTaskSettings(environment))('modelCard');
  assert.deepEqual(parameters({}), {});
  assert.deepEqual(parameters({ REPORT: 'full', COST_FALSE_NEGATIVE: '5.0' }), {});
  assert.deepEqual(parameters({ REPORT: 'basic', COST_FALSE_POSITIVE: '0.5' }), {
    REPORT: 'basic',
    COST_FALSE_POSITIVE: 0.5,
  });
  assert.throws(() => parameters({ COST_FALSE_NEGATIVE: '-1' }), /must be a number, 0 or more/);
});

const dataset = parseDataset(`
table: t
id: id
label: {column: y}
features:
  constant: {type: decimal}
  gaps: {type: decimal, nullable: true}
  nothing: {type: decimal, nullable: true}
split: {stratify: false}
groups: {gaps: [50]}
`);

for (const [what, label, limits] of [
  ['one class', () => 0, /all of one class: there is no permutation importance/],
  ['few defaults', (row: number) => Number(row === 150), /have 1 defaults, fewer than 30: the scores are rough/],
] as const) {
  test(`${what}, a constant feature, missing values: what cannot be computed is said, and nothing is NaN`, async () => {
    const rows = Array.from({ length: 200 }, (_, row) => row);
    const loans = {
      features: [
        new Float64Array(200).fill(1),
        Float64Array.from(rows, (row) => (row % 3 === 0 ? Number.NaN : row)),
        new Float64Array(200).fill(Number.NaN),
      ],
      labels: Uint8Array.from(rows, label),
    };
    const split = { train: Uint32Array.from(rows.slice(0, 100)), test: Uint32Array.from(rows.slice(100)) };
    const { card, credit } = await evaluated(dataset, loans, split, { nEstimators: 5, maxDepth: 3, randomState: 1 });
    assert.match(card.limits.join('\n'), limits);
    assert.match(card.limits.join('\n'), /gaps: no test loan of under 50/);
    assert.equal(credit.features.find(({ name }) => name === 'nothing')?.dependence.length, 0);
    assertNumbers(card, 'card');
  });
}

/** A number that is none would become null in the JSON. */
function assertNumbers(value: unknown, where: string): void {
  if (typeof value === 'number') assert.ok(Number.isFinite(value), `${where} is ${value}`);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, held] of Object.entries(value)) assertNumbers(held, `${where}.${key}`);
}
