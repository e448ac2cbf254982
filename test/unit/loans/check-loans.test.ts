import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ofCreditDefault } from '../../../tasks/dataset/dataset.ts';
import type { DatasetColumn } from '../../../tasks/dataset/dataset-column.ts';
import { LoansCheck } from '../../../tasks/loans/check-loans.ts';
import { columnNames, headerLine, limits } from '../../support/article-columns.ts';

const fine = '1000.50,20000,700,35,36,0';

function check(text: string, cuts: readonly number[] = []): LoansCheck {
  const bytes = Buffer.from(text);
  const found = new LoansCheck(ofCreditDefault);
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  let start = 0;
  for (const end of ends) {
    found.update(bytes.subarray(start, end));
    start = end;
  }
  found.finish();
  return found;
}

function csv(lines: readonly string[]): string {
  return headerLine + lines.map((line) => `${line}\n`).join('');
}

function violationsOf(lines: readonly string[]): string[] {
  return check(csv(lines)).violations.map(({ column, rule, count }) => `${column.name} ${rule} ${count}`);
}

test('counts rows and classes, and gives nulls, minimum, maximum and mean of every column', () => {
  const { statistics, violations } = check(
    csv(['1000.50,20000,700,35,36,0', '2000,30000.5,300,18,1,1', '3e3,1,850,120,600,1']),
  );
  assert.deepEqual(violations, []);
  assert.deepEqual(statistics, {
    rows: 3,
    columns: {
      loan_amount: { nulls: 0, min: 1000.5, max: 3000, mean: 6000.5 / 3 },
      income: { nulls: 0, min: 1, max: 30000.5, mean: 50001.5 / 3 },
      credit_score: { nulls: 0, min: 300, max: 850, mean: 1850 / 3 },
      age: { nulls: 0, min: 18, max: 120, mean: 173 / 3 },
      loan_term: { nulls: 0, min: 1, max: 600, mean: 637 / 3 },
      default_status: { nulls: 0, min: 0, max: 1, mean: 2 / 3 },
    },
    classes: { 0: 1, 1: 2 },
  });
});

const cells: readonly [column: (typeof columnNames)[number], cell: string, violation: string | undefined][] = [
  ['loan_amount', '0.01', undefined],
  ['loan_amount', '5e-324', undefined],
  ['loan_amount', '0', 'range'],
  ['loan_amount', '-1', 'range'],
  ['loan_amount', '', 'null'],
  ['loan_amount', 'NaN', 'finite'],
  ['loan_amount', 'Infinity', 'finite'],
  ['loan_amount', '-Infinity', 'finite'],
  ['loan_amount', '1e999', 'finite'],
  ['loan_amount', '12abc', 'finite'],
  ['loan_amount', '999999999999999', undefined],
  ['loan_amount', '1000000000000000', 'finite'],
  ['income', '0.00', 'range'],
  ['income', '', 'null'],
  ['credit_score', '299', 'range'],
  ['credit_score', '300', undefined],
  ['credit_score', '850', undefined],
  ['credit_score', '851', 'range'],
  ['credit_score', '700.5', 'whole'],
  ['credit_score', '700.0', 'whole'],
  ['age', '17', 'range'],
  ['age', '18', undefined],
  ['age', '120', undefined],
  ['age', '121', 'range'],
  ['loan_term', '0', 'range'],
  ['loan_term', '1', undefined],
  ['loan_term', '600', undefined],
  ['loan_term', '601', 'range'],
  ['default_status', '1', undefined],
  ['default_status', '2', 'range'],
  ['default_status', '-1', 'range'],
  ['default_status', '', 'null'],
  ['default_status', 't', 'finite'],
];

for (const [column, cell, violation] of cells) {
  test(`"${cell}" in ${column} ${violation ? `breaks the rule "${violation}"` : 'is fine'}`, () => {
    const bad = fine.split(',').with(columnNames.indexOf(column), cell).join(',');
    assert.deepEqual(violationsOf([fine, bad, fine]), violation ? [`${column} ${violation} 1`] : []);
  });
}

test('counts a row of nothing but NULLs in every column and in no class', () => {
  const { statistics, violations } = check(csv([fine, ',,,,,']));
  assert.equal(violations.length, 6);
  assert.deepEqual(statistics.classes, { 0: 1, 1: 0 });
  assert.deepEqual(statistics.columns.age, { nulls: 1, min: 35, max: 35, mean: 35 });
  assert.deepEqual(check(csv([',,,,,'])).statistics.columns.age, { nulls: 1, min: null, max: null, mean: null });
});

test('the mean does not drift: a tenth, a million times, is a tenth', () => {
  const found = new LoansCheck(ofCreditDefault);
  found.update(Buffer.from(headerLine));
  const block = Buffer.from('0.1,1,300,18,1,0\n'.repeat(10_000));
  for (let i = 0; i < 100; i++) found.update(block);
  assert.equal(found.statistics.columns.loan_amount?.mean, 0.1);
});

const malformed: readonly [text: string, sentence: RegExp][] = [
  ['', /line 1 .*an empty file/],
  ['loan_amount,income\n', /line 1 .*header/],
  [csv(['1,2,3']), /line 2 .*6 columns, found 3/],
  [csv([fine, `${fine},7`]), /line 3 .*6 columns, found 7/],
  [csv([fine]).slice(0, -1), /line 2 .*cut off/],
  [csv(['1,'.repeat(40_000)]).slice(0, -1), /line 2 .*at most 65536 bytes/],
];

for (const [text, sentence] of malformed) {
  test(`refuses ${JSON.stringify(text.slice(-30))}: ${sentence}`, () => {
    assert.throws(() => check(text), sentence);
  });
}

// of few digits: longer texts are read with the rounding that pandas has
const number = fc.oneof(
  fc.integer({ min: -2, max: 900 }).map(String),
  fc.integer({ min: 0, max: 10_000_000 }).map((cents) => (cents / 100).toFixed(2)),
  fc.tuple(fc.integer(), fc.integer({ min: -9, max: 1 })).map(([digits, power]) => `${digits}e${power}`),
);
const cell = fc.oneof(
  { weight: 8, arbitrary: number },
  { weight: 1, arbitrary: fc.constantFrom('', 'NaN', 'Infinity') },
);
const line = fc.array(cell, { minLength: 6, maxLength: 6 }).map((cells) => cells.join(','));

test('finds what a naive check finds, however the chunks are cut', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), fc.array(fc.nat(), { maxLength: 10 }), (lines, cuts) => {
      const found = check(csv(lines), cuts);
      assert.equal(found.rows, lines.length);
      for (const limit of limits) {
        const texts = lines.map((text) => text.split(',')[limits.indexOf(limit)] ?? '');
        const { mean, ...expected } = naiveStatistics(texts);
        const statistics = found.statistics.columns[limit.name];
        assert.partialDeepStrictEqual(statistics, expected);
        assert.ok(mean === null ? statistics?.mean === null : Math.abs((statistics?.mean ?? Number.NaN) - mean) < 1e-4);
        const violations = found.violations.filter(({ column }) => column === limit);
        assert.deepEqual(
          Object.fromEntries(violations.map(({ rule, count }) => [rule, count])),
          naiveCounts(texts, limit),
        );
      }
    }),
  );
});

function naiveStatistics(texts: readonly string[]) {
  const numbers = texts
    .filter((text) => text !== '')
    .map(Number)
    .filter(Number.isFinite);
  const nulls = texts.filter((text) => text === '').length;
  if (numbers.length === 0) return { nulls, min: null, max: null, mean: null };
  const sum = numbers.reduce((total, value) => total + value, 0);
  return { nulls, min: Math.min(...numbers), max: Math.max(...numbers), mean: sum / numbers.length };
}

function naiveCounts(texts: readonly string[], limit: DatasetColumn): Record<string, number> {
  const rules = texts.map((text) => naiveRule(text, limit)).filter((rule) => rule !== 'fine');
  return Object.fromEntries(
    Map.groupBy(rules, (rule) => rule)
      .entries()
      .map(([rule, all]) => [rule, all.length]),
  );
}

function naiveRule(text: string, { isWhole, min, max }: DatasetColumn): string {
  const value = Number(text);
  if (text === '') return 'null';
  if (!Number.isFinite(value)) return 'finite';
  if (isWhole && !/^-?\d+$/.test(text)) return 'whole';
  return value < min || value > max ? 'range' : 'fine';
}
