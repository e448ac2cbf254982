import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  dataEnd,
  dueRun,
  InvalidLogicalDate,
  manualRun,
  nextDueAt,
  runOf,
  runsBetween,
} from '../../../tasks/artifacts/run-dates.ts';

const schedule = { startDate: new Date('2024-01-01T00:00:00Z'), everyDays: 10 };
const intervalMs = 10 * 24 * 60 * 60 * 1000;
const firstDueMs = Date.parse('2024-01-11T00:00:00Z');

describe('the run that is due', () => {
  const none = [
    '1970-01-01T00:00:00Z',
    '2023-12-31T23:59:59.999Z',
    '2024-01-01T00:00:00Z',
    '2024-01-05T12:00:00Z',
    '2024-01-10T23:59:59.999Z',
  ];
  for (const now of none) {
    test(`is none at ${now}, before the first interval has ended`, () => {
      assert.equal(dueRun(schedule, new Date(now)), undefined);
    });
  }

  const due = [
    // exactly on a boundary, and around it
    ['2024-01-11T00:00:00.000Z', '2024-01-01'],
    ['2024-01-11T00:00:00.001Z', '2024-01-01'],
    ['2024-01-20T23:59:59.999Z', '2024-01-01'],
    ['2024-01-21T00:00:00.000Z', '2024-01-11'],
    // across 29 February, which 2024 and 2028 have, and 2100 has not
    ['2024-02-29T23:59:59.999Z', '2024-02-10'],
    ['2024-03-01T00:00:00Z', '2024-02-20'],
    ['2028-03-09T23:59:59.999Z', '2028-02-19'],
    ['2028-03-10T00:00:00Z', '2028-02-29'],
    ['2100-03-02T23:59:59.999Z', '2100-02-11'],
    ['2100-03-03T00:00:00Z', '2100-02-21'],
    ['9999-12-31T23:59:59.999Z', '9999-12-18'],
  ] as const;
  for (const [now, logicalDate] of due) {
    test(`at ${now} is that of ${logicalDate}`, () => {
      assert.equal(dueRun(schedule, new Date(now))?.logicalDate.toISOString(), `${logicalDate}T00:00:00.000Z`);
    });
  }

  test('is named as Airflow names it', () => {
    assert.deepEqual(dueRun(schedule, new Date('2024-03-01T00:00:00Z')), {
      logicalDate: new Date('2024-02-20T00:00:00Z'),
      timestamp: '20240220T000000',
      runId: 'scheduled__2024-02-20T00:00:00+00:00',
    });
  });

  test('is of the latest interval that has ended', () => {
    fc.assert(
      fc.property(anyTimeSinceTheFirstIsDue(), (now) => {
        const start = dueRun(schedule, now)?.logicalDate.getTime() ?? Number.NaN;
        assert.ok(start + intervalMs <= now.getTime(), 'its interval has ended');
        assert.ok(start + 2 * intervalMs > now.getTime(), 'the next one has not');
        assert.equal((start - Date.parse('2024-01-01T00:00:00Z')) % intervalMs, 0, 'it is on the grid');
      }),
    );
  });
});

describe('the next run', () => {
  const cases = [
    ['2020-01-01T00:00:00Z', '2024-01-11'],
    ['2024-01-01T00:00:00Z', '2024-01-11'],
    ['2024-01-10T23:59:59.999Z', '2024-01-11'],
    ['2024-01-11T00:00:00Z', '2024-01-21'],
    ['2024-02-25T00:00:00Z', '2024-03-01'],
    ['2100-02-25T00:00:00Z', '2100-03-03'],
  ] as const;
  for (const [now, next] of cases) {
    test(`after ${now} is due on ${next}`, () => {
      assert.equal(nextDueAt(schedule, new Date(now)).toISOString(), `${next}T00:00:00.000Z`);
    });
  }

  test('becomes due exactly then, and is another one than before', () => {
    fc.assert(
      fc.property(anyTimeSinceTheFirstIsDue(), (now) => {
        const at = nextDueAt(schedule, now);
        const justBefore = new Date(at.getTime() - 1);
        assert.deepEqual(dueRun(schedule, justBefore), dueRun(schedule, now));
        assert.notDeepEqual(dueRun(schedule, at), dueRun(schedule, now));
      }),
    );
  });
});

describe('a manual run', () => {
  const cases = [
    ['2024-03-05T06:07:08.999Z', 'manual__2024-03-05T06:07:08+00:00', '20240305T060708'],
    ['2024-02-29T00:00:00.000Z', 'manual__2024-02-29T00:00:00+00:00', '20240229T000000'],
    // the start of an interval names a scheduled run
    ['2024-03-01T00:00:00.000Z', 'manual__2024-02-29T23:59:59+00:00', '20240229T235959'],
    ['2024-03-01T00:00:00.999Z', 'manual__2024-02-29T23:59:59+00:00', '20240229T235959'],
    ['2024-03-01T00:00:01.000Z', 'manual__2024-03-01T00:00:01+00:00', '20240301T000001'],
  ] as const;
  for (const [now, runId, timestamp] of cases) {
    test(`asked for at ${now} is ${runId}`, () => {
      const run = manualRun(schedule, new Date(now));
      assert.equal(run.runId, runId);
      assert.equal(run.timestamp, timestamp);
      assert.equal(run.logicalDate.toISOString(), `${runId.slice('manual__'.length, -'+00:00'.length)}.000Z`);
    });
  }
});

test('the data of a run ends where its interval does, of a manual run at its own date', () => {
  assert.equal(dataEnd(schedule, '20240111T000000').toISOString(), '2024-01-21T00:00:00.000Z');
  assert.equal(dataEnd(schedule, '20240113T101112').toISOString(), '2024-01-13T10:11:12.000Z');
});

describe('a logical date', () => {
  const now = new Date('2024-03-05T12:00:00Z');

  const onGrid = [
    '2024-01-11',
    '2024-01-11T00:00:00',
    '2024-01-11T00:00:00Z',
    '2024-01-11T00:00:00.000Z',
    '2024-01-11T00:00:00+00:00',
    '2024-01-11 00:00:00',
    '20240111T000000',
    'scheduled__2024-01-11T00:00:00+00:00',
    'manual__2024-01-11T00:00:00+00:00',
  ];
  for (const text of onGrid) {
    test(`may be written ${text}`, () => {
      const run = { timestamp: '20240111T000000', runId: 'scheduled__2024-01-11T00:00:00+00:00' };
      assert.deepEqual(runOf(schedule, text, now), { ...run, logicalDate: new Date('2024-01-11T00:00:00Z') });
    });
  }

  const offGrid = [
    ['2024-01-12', 'manual__2024-01-12T00:00:00+00:00'],
    ['2024-01-11T00:00:01Z', 'manual__2024-01-11T00:00:01+00:00'],
    ['2024-02-29', 'manual__2024-02-29T00:00:00+00:00'],
    ['20240305T120000', 'manual__2024-03-05T12:00:00+00:00'],
    ['scheduled__2024-01-12T00:00:00+00:00', 'manual__2024-01-12T00:00:00+00:00'],
  ] as const;
  for (const [text, runId] of offGrid) {
    test(`off the grid, as ${text}, names a manual run`, () => {
      assert.equal(runOf(schedule, text, now).runId, runId);
    });
  }

  test('names a scheduled run as soon as its interval has ended', () => {
    const end = Date.parse('2024-03-01T00:00:00Z');
    assert.equal(runOf(schedule, '2024-02-20', new Date(end)).runId, 'scheduled__2024-02-20T00:00:00+00:00');
    assert.throws(() => runOf(schedule, '2024-02-20', new Date(end - 1)), InvalidLogicalDate);
  });

  const refused = [
    ['2023-12-31', /2023-12-31 is before the start date, 2024-01-01T00:00:00Z/],
    ['2023-12-31T23:59:59Z', /before the start date/],
    ['0001-01-01', /before the start date/],
    ['2024-03-05T12:00:01Z', /is in the future \(now is 2024-03-05T12:00:00Z\)/],
    ['9999-12-31', /is in the future/],
    ['2024-03-01', /starts on 2024-03-01 is still running: it is due at 2024-03-11T00:00:00Z/],
    ['manual__2024-03-01T00:00:00+00:00', /still running/],
    ['2024-02-30', /"2024-02-30" is not a date: expected for example 2024-01-11/],
    ['20240230T000000', /is not a date/],
    ['2024-04-31T00:00:00Z', /is not a date/],
    ['2024-13-01', /is not a date/],
    ['2024-00-10', /is not a date/],
    ['2024-01-11T24:00:00Z', /is not a date/],
    ['2024-01-11T00:60:00Z', /is not a date/],
    ['2024-01-11T02:00:00+02:00', /is not a date.*UTC/],
    ['2024-01-11T00:00:00-00:30', /is not a date/],
    ['2024-01-12T00:00:00.500Z', /is not a date.*whole seconds/],
    ['2024-01-11T00:00Z', /is not a date/],
    ['20240111', /is not a date/],
    ['2024-1-11', /is not a date/],
    ['backfill__2024-01-11T00:00:00+00:00', /is not a date/],
    [' 2024-01-11', /is not a date/],
    ['2024-01-11\n', /is not a date/],
    ['yesterday', /is not a date/],
    ['', /"" is not a date/],
  ] as const;
  for (const [text, message] of refused) {
    test(`written ${JSON.stringify(text)} is refused`, () => {
      assert.throws(() => runOf(schedule, text, now), { name: 'InvalidLogicalDate', message });
    });
  }

  test('has a 29 February only in leap years', () => {
    const later = new Date('2101-01-01T00:00:00Z');
    for (const leap of ['2024-02-29', '2028-02-29', '2096-02-29']) {
      assert.equal(runOf(schedule, leap, later).logicalDate.toISOString(), `${leap}T00:00:00.000Z`);
    }
    for (const common of ['2025-02-29', '2100-02-29']) {
      assert.throws(() => runOf(schedule, common, later), InvalidLogicalDate);
    }
  });

  test('written as the id or the timestamp of any run, due or manual, names that run', () => {
    fc.assert(
      fc.property(anyTimeSinceTheFirstIsDue(), fc.nat({ max: 400 * intervalMs }), (time, laterMs) => {
        for (const run of [dueRun(schedule, time), manualRun(schedule, time)]) {
          assert.ok(run);
          const asked = new Date(time.getTime() + laterMs);
          assert.deepEqual(runOf(schedule, run.runId, asked), run);
          assert.deepEqual(runOf(schedule, run.timestamp, asked), run);
          assert.deepEqual(runOf(schedule, run.logicalDate.toISOString(), asked), run);
        }
      }),
    );
  });
});

/** Every second one on a boundary of the grid or a millisecond beside it. */
function anyTimeSinceTheFirstIsDue(): fc.Arbitrary<Date> {
  const lastMs = Date.parse('9998-01-01T00:00:00Z');
  const anywhere = fc.integer({ min: firstDueMs, max: lastMs });
  const boundary = fc
    .tuple(fc.integer({ min: 1, max: Math.floor((lastMs - firstDueMs) / intervalMs) }), fc.constantFrom(-1, 0, 1, 999))
    .map(([intervals, beside]) => firstDueMs + intervals * intervalMs + beside);
  return fc.oneof(anywhere, boundary).map((ms) => new Date(ms));
}

test('another schedule is another grid', () => {
  const weekly = { startDate: new Date('2024-01-03T06:00:00Z'), everyDays: 7 };
  assert.equal(dueRun(weekly, new Date('2024-01-10T05:59:59Z')), undefined);
  assert.equal(dueRun(weekly, new Date('2024-01-10T06:00:00Z'))?.runId, 'scheduled__2024-01-03T06:00:00+00:00');
  assert.equal(nextDueAt(weekly, new Date('2024-01-10T06:00:00Z')).toISOString(), '2024-01-17T06:00:00.000Z');
  assert.equal(runOf(weekly, '2024-01-11', new Date('2024-02-01')).runId, 'manual__2024-01-11T00:00:00+00:00');
});

describe('the runs of a range', () => {
  const now = new Date('2024-02-15T12:00:00Z');
  const between = (from: string, to: string) => runsBetween(schedule, from, to, now);
  const names = (from: string, to: string) => between(from, to).runs.map(({ timestamp }) => timestamp.slice(0, 8));

  test('are all of its grid, both ends included, oldest first', () => {
    assert.deepEqual(names('2024-01-11', '2024-01-31'), ['20240111', '20240121', '20240131']);
    assert.deepEqual(names('2024-01-11', '2024-01-11T00:00:00Z'), ['20240111']);
    assert.deepEqual(names('2023-12-01', '2024-01-10'), ['20240101']);
    assert.deepEqual(names('2024-01-02', '2024-01-30'), ['20240111', '20240121']);
    assert.deepEqual(names('2024-01-01T00:00:01Z', '2024-01-11'), ['20240111']);
    assert.equal(between('2024-01-11', '2024-01-31').isCut, false);
    assert.deepEqual(between('2024-01-01', '2024-01-11').runs[0], runOf(schedule, '2024-01-01', now));
  });

  test('end with the one that is due, wherever the range ends', () => {
    for (const to of ['2024-02-09', '2024-02-10', '2024-02-11', '2024-12-31', '9999-12-31']) {
      assert.deepEqual(names('2024-01-21', to), ['20240121', '20240131'], to);
      assert.equal(between('2024-01-21', to).isCut, to !== '2024-02-09', to);
    }
  });

  const refused = [
    ['2024-01-31', '2024-01-21', 'the range ends before it begins: 2024-01-31 is after 2024-01-21'],
    [
      '2024-01-02',
      '2024-01-10',
      /no run .* between 2024-01-02 and 2024-01-10: there is one every 10 days from 2024-01-01 /,
    ],
    ['2023-12-22', '2023-12-31', /no run that is due lies between/],
    ['2024-02-10', '2024-02-20', /there is one every 10 days from 2024-01-01 to 2024-01-31$/],
    ['2024-02-30', '2024-03-01', /"2024-02-30" is not a date/],
    ['2024-01-01', 'today', /"today" is not a date/],
    ['', '2024-01-11', /"" is not a date/],
  ] as const;
  for (const [from, to, message] of refused) {
    test(`from "${from}" to "${to}" are refused in one sentence`, () => {
      assert.throws(() => between(from, to), { name: 'InvalidLogicalDate', message });
    });
  }

  test('are none before the first interval has ended', () => {
    const message = 'no run is due yet: the first is at 2024-01-11T00:00:00Z';
    const early = new Date('2024-01-02T00:00:00Z');
    assert.throws(() => runsBetween(schedule, '2024-01-01', '2024-01-01', early), { message });
  });
});
