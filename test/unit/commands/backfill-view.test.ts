import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { BackfillView, planText } from '../../../pipeline/commands/backfill-view.ts';
import { type PlannedRun, planRun } from '../../../pipeline/orchestrator/plan-backfill.ts';
import type { RunRecord } from '../../../pipeline/orchestrator/run-record.ts';
import { taskIds } from '../../../tasks/artifacts/catalogue.ts';
import { runOf } from '../../../tasks/artifacts/run-dates.ts';
import { FakeTerminal } from '../../support/fake-terminal.ts';
import { keepLog } from '../../support/orchestration.ts';
import { dag, endedAttempt, factsOf, recordWith, secondsLater, startedAttempt } from '../../support/run-records.ts';

const runAt = (date: string) => runOf(dag.schedule, date, secondsLater(0));
const [first, second] = [runAt('2024-01-01'), runAt('2024-01-11')];
const training = recordWith({ train_model: { state: 'running', attempts: [startedAttempt(1)] } }, [
  'create_s3_bucket',
  'fetch_data',
]);
const of = (timestamp: string, record: RunRecord): RunRecord => ({ ...record, timestamp });
const trees = factsOf([], {
  train_model: { phase: 'running', progress: { done: 40, total: 100, unit: 'trees' } },
});

function open(t: TestContext, total: number) {
  let seconds = 0;
  t.mock.timers.enable({ apis: ['setInterval', 'Date'], now: secondsLater(5) });
  t.mock.method(performance, 'now', () => seconds * 1000);
  const terminal = new FakeTerminal(80);
  const { log, lines } = keepLog();
  return {
    onTerminal: () => new BackfillView(total, log, terminal),
    onPipe: () => new BackfillView(total, log, undefined),
    pass: (more: number) => {
      seconds += more;
    },
    seen: () => terminal.lines.join('\n').trimEnd().split('\n'),
    lines,
  };
}

test('on a terminal there is a line for each run that goes on, in order, and one for all', (t) => {
  const { onTerminal, pass, seen } = open(t, 36);
  const view = onTerminal();
  const turns = [second, first].map(({ timestamp }) => view.begin(of(timestamp, training)).onTurn);
  turns[0]?.(of(second.timestamp, training), trees);
  turns[1]?.(of(first.timestamp, training), factsOf([]));
  assert.deepEqual(seen(), [
    '  ● 20240101T000000  train_model        5.0 s',
    '  ● 20240111T000000  train_model        5.0 s  40/100 trees',
    '  0 of 36 done, 2 running, 34 waiting',
  ]);
  pass(10);
  view.end(first, 'success');
  view.end(runAt('2024-01-21'), 'held');
  view.end(second, 'failed');
  assert.deepEqual(seen(), ['  1 of 36 done, 1 failed, 1 led elsewhere, 33 waiting, about 1 min 50 s left']);
  view.close();
  assert.deepEqual(seen(), ['']);
});

test('on a terminal only trouble is logged: how far a run has come shows in its line', (t) => {
  const { onTerminal, pass, seen, lines } = open(t, 1);
  const view = onTerminal();
  const { onTurn } = view.begin(of(first.timestamp, recordWith({})));
  pass(20);
  onTurn(of(first.timestamp, training), trees);
  const failed = { ...endedAttempt(1, 'failed', 70), reason: 'out of memory' };
  const retryAt = secondsLater(305).toISOString();
  const retried = recordWith({ train_model: { state: 'up_for_retry', attempts: [failed], retryAt } }, [
    'create_s3_bucket',
    'fetch_data',
  ]);
  onTurn(of(first.timestamp, retried), factsOf([]));
  assert.deepEqual(lines, [
    'WARNING 20240101T000000 train_model attempt 1 failed after 1 min 0 s: out of memory',
    `INFO 20240101T000000 train_model is retried at ${retryAt}`,
  ]);
  assert.match(seen()[0] ?? '', /↻ 20240101T000000 {2}train_model +1 min 0 s {2}next in 5 min 0 s$/);
});

test('elsewhere there are two lines for a run that goes well, with how far all have come', (t) => {
  const { onPipe, pass, lines } = open(t, 3);
  const view = onPipe();
  const { onTurn } = view.begin(of(first.timestamp, recordWith({})));
  onTurn(of(first.timestamp, training), trees);
  pass(2);
  onTurn(of(first.timestamp, recordWith({}, [...taskIds])), factsOf([]));
  view.end(first, 'success');
  assert.deepEqual(lines, [
    'INFO 20240101T000000 runs',
    'INFO 20240101T000000 succeeded after 2.0 s; 1 of 3 done, 2 waiting, about 4.0 s left',
  ]);
});

test('elsewhere a long run shows every 10 s how far it has come', (t) => {
  const { onPipe, pass, lines } = open(t, 3);
  const { onTurn } = onPipe().begin(of(first.timestamp, training));
  for (let turn = 0; turn < 25; turn++) {
    pass(1);
    onTurn(of(first.timestamp, training), trees);
  }
  assert.deepEqual(lines.slice(1), Array(2).fill('INFO 20240101T000000 train_model: 40/100 trees, about 7.5 s left'));
});

test('every line of a plan fits 80 columns', () => {
  const holder = {
    id: 'x',
    host: 'a-laptop/1234abcd/4026531836',
    pid: 4_194_304,
    startedAt: secondsLater(0).toISOString(),
  };
  const records: readonly (RunRecord | 'unreadable' | undefined)[] = [
    undefined,
    'unreadable',
    { ...training, lease: { holder, counter: 1 } },
    { ...training, state: 'failed' },
    { ...training, state: 'success' },
  ];
  const plans = records.flatMap((record): PlannedRun[] =>
    (['missing', 'failed', 'all'] as const).map((reprocess) =>
      planRun(dag, { run: first, record, isPublished: false }, { reprocess, begunAt: secondsLater(60) }),
    ),
  );
  const text = planText(plans, 80);
  assert(
    text.split('\n').every((line) => line.length <= 80),
    text,
  );
  assert.equal(text.split('\n').length, plans.length + 2, text);
});
