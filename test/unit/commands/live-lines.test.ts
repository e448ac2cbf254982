import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { LiveLines } from '../../../pipeline/commands/live-lines.ts';
import type { Observation } from '../../../pipeline/orchestrator/executor.ts';
import { FakeTerminal } from '../../support/fake-terminal.ts';
import { endedAttempt, factsOf, recordWith, secondsLater, startedAttempt } from '../../support/run-records.ts';

function open(t: TestContext, columns = 80) {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'], now: secondsLater(5) });
  const terminal = new FakeTerminal(columns);
  return { terminal, view: new LiveLines(terminal), seen: () => terminal.lines.join('\n').trimEnd().split('\n') };
}

const running = recordWith({ fetch_data: { state: 'running', attempts: [startedAttempt(1)] } }, ['create_s3_bucket']);
const progress: Observation = { phase: 'running', progress: { done: 1500, total: null, unit: 'rows' } };

test('there is a line for each task, with its state, time, attempt and progress', (t) => {
  const { view, seen } = open(t);
  view.show(running, factsOf([], { fetch_data: progress }));
  assert.deepEqual(
    seen().map((line) => line.trim().split(/ {2,}/)),
    [
      ['✔ create_s3_bucket', 'success'],
      ['● fetch_data', 'running', '5.0 s', 'attempt 1'],
      ['1,500 rows'],
      ['· train_model', 'none'],
      ['· evaluate_model', 'none'],
    ],
  );
});

test('lines are redrawn in place as time passes, and stay when the view is closed', (t) => {
  const { view, seen } = open(t);
  view.show(running, factsOf([]));
  t.mock.timers.tick(2000);
  assert.equal(seen().length, 4);
  assert.match(seen()[1] ?? '', /7\.0 s/);
  view.close();
  t.mock.timers.tick(2000);
  assert.equal(seen().length, 4);
  assert.match(seen()[1] ?? '', /7\.0 s/);
});

test('why a task failed stands below it, and goes when it runs again', (t) => {
  const { view, seen } = open(t);
  const failed = { ...endedAttempt(1, 'failed', 70), reason: 'out of memory' };
  const retryAt = secondsLater(65).toISOString();
  view.show(recordWith({ fetch_data: { state: 'up_for_retry', attempts: [failed], retryAt } }), factsOf([]));
  assert.equal(seen().length, 5);
  assert.match(seen()[1] ?? '', /next in 1 min 0 s$/);
  assert.equal(seen()[2]?.trim(), 'out of memory');
  view.show(recordWith({ fetch_data: { state: 'running', attempts: [failed, startedAttempt(2)] } }), factsOf([]));
  assert.equal(seen().length, 4);
});

test('on a narrow terminal lines go on below, so that redrawing still meets its own lines', (t) => {
  const { view, seen } = open(t, 30);
  const reason = `${'a long reason '.repeat(20)}\nwith two lines\tand a ${'longword'.repeat(9)}`;
  const record = recordWith({ fetch_data: { state: 'failed', attempts: [endedAttempt(1, 'failed', 70)], reason } });
  for (let turn = 0; turn < 5; turn++) view.show(record, factsOf([]));
  const lines = seen();
  assert(lines.every((line) => line.length < 30));
  assert.equal(lines.filter((line) => line.includes('fetch_data')).length, 1);
  const text = lines.join('').replaceAll(' ', '');
  assert(text.includes(reason.replaceAll(/\s/g, '')), text);
});

test('a running task shows how much is done and how long the rest takes', (t) => {
  const { view, seen } = open(t);
  const known: Observation = { phase: 'running', progress: { done: 1500, total: 6000, unit: 'rows' } };
  view.show(running, factsOf([], { fetch_data: known }));
  assert.match(seen().join(' ').replaceAll(/\s+/g, ' '), /1,500\/6,000 rows, about 15\.0 s left/);
});

test('a task that was cleared shows nothing of its earlier attempts', (t) => {
  const { view, seen } = open(t);
  view.show(recordWith({ fetch_data: { state: 'none', attempts: [endedAttempt(1, 'failed', 70)] } }), factsOf([]));
  assert.equal(seen()[1]?.trim(), '· fetch_data        none');
});

test('a reason of several lines is shown as one', (t) => {
  const { view, seen } = open(t);
  const record = recordWith({ fetch_data: { state: 'failed', reason: 'one\r\ntwo\tthree' } });
  view.show(record, factsOf([]));
  view.show(record, factsOf([]));
  assert.equal(seen().length, 5);
  assert.equal(seen()[2]?.trim(), 'one two three');
});

test('what others write stands above the lines, which are not repeated', (t) => {
  const { view, seen, terminal } = open(t);
  view.show(running, factsOf([]));
  view.interrupt();
  terminal.write('WARNING the store does not answer\n');
  view.interrupt();
  terminal.write('INFO it answers again\n');
  t.mock.timers.tick(200);
  assert.equal(seen().length, 2 + 4);
  assert.deepEqual(seen().slice(0, 2), ['WARNING the store does not answer', 'INFO it answers again']);
  view.close();
  view.interrupt();
  terminal.write('what comes after the end\n');
  assert.equal(seen().length, 2 + 4 + 1);
});

test('what waits for its data fits into 80 columns', (t) => {
  const { view, seen } = open(t);
  const attempts = [endedAttempt(1, 'failed', 79)];
  view.show(recordWith({ fetch_data: { state: 'up_for_reschedule', attempts, reason: 'no file' } }), factsOf([]));
  assert.equal(seen().length, 5);
});

test('the ^C that a terminal shows leaves no trace', (t) => {
  const { view, seen, terminal } = open(t);
  view.show(running, factsOf([]));
  const before = seen();
  terminal.write('^C');
  view.close();
  assert.deepEqual(seen(), before);
});

test('nothing is drawn before there is something to show', (t) => {
  const { view, seen } = open(t);
  t.mock.timers.tick(1000);
  view.close();
  assert.deepEqual(seen(), ['']);
});
