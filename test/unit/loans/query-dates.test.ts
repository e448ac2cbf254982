import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataInterval } from '../../../tasks/artifacts/run-dates.ts';
import { quotedText, runDates, withDates } from '../../../tasks/loans/query-dates.ts';

const schedule = { startDate: new Date('2024-01-01T00:00:00Z'), everyDays: 10 };
const dates = runDates(schedule, { logicalDate: new Date('2024-01-11T00:00:00Z') });
const [start, end] = ["'2024-01-11T00:00:00+00:00'", "'2024-01-21T00:00:00+00:00'"];

test('the interval of a run on the grid begins with its logical date, that of another run ends there', () => {
  const interval = (date: string) =>
    Object.values(dataInterval(schedule, { logicalDate: new Date(date) })).map((moment) => moment.toISOString());
  assert.deepEqual(interval('2024-01-11T00:00:00Z'), ['2024-01-11T00:00:00.000Z', '2024-01-21T00:00:00.000Z']);
  assert.deepEqual(interval('2024-03-05T10:00:00Z'), ['2024-02-24T10:00:00.000Z', '2024-03-05T10:00:00.000Z']);
});

const queries: readonly [query: string, found: string][] = [
  ['SELECT :logical_date, :data_interval_start, :data_interval_end', `SELECT ${start}, ${start}, ${end}`],
  ['SELECT :logical_date::date', `SELECT ${start}::date`],
  ['SELECT 1 ; ;\n', 'SELECT 1'],
  ["SELECT ':logical_date', 'it''s :logical_date'", "SELECT ':logical_date', 'it''s :logical_date'"],
  ["SELECT E'it\\'s :logical_date', :logical_date", `SELECT E'it\\'s :logical_date', ${start}`],
  ['SELECT ":logical_date"', 'SELECT ":logical_date"'],
  ['SELECT $$:logical_date$$, $a$ $$ :logical_date $a$', 'SELECT $$:logical_date$$, $a$ $$ :logical_date $a$'],
  ['SELECT 1 -- :logical_date\n, :logical_date', `SELECT 1 -- :logical_date\n, ${start}`],
  ['SELECT /* :logical_date */ 1', 'SELECT /* :logical_date */ 1'],
  ['SELECT x::data_interval_end, :logical_dates, :other', 'SELECT x::data_interval_end, :logical_dates, :other'],
];

for (const [query, found] of queries) {
  test(`in ${JSON.stringify(query)} the dates are replaced, and nothing else`, () => {
    assert.equal(withDates(query, dates), found);
  });
}

test('a quoted text cannot end before its end', () => {
  assert.equal(quotedText("'; DROP TABLE loans; --"), "'''; DROP TABLE loans; --'");
});
