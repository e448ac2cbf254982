import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { causesOf, createLog, textOf } from '../../../tasks/runtime/log.ts';

/** What is written meanwhile, on stdout and stderr. */
function written(t: TestContext, act: () => void): { readonly stdout: string; readonly stderr: string } {
  const streams = { stdout: '', stderr: '' };
  t.mock.timers.enable({ apis: ['Date'], now: Date.UTC(2024, 0, 1, 12, 34, 56) });
  for (const name of ['stdout', 'stderr'] as const) {
    t.mock.method(process[name], 'write', (text: string) => {
      streams[name] += stripVTControlCharacters(text);
      return true;
    });
  }
  act();
  t.mock.restoreAll();
  return streams;
}

test('as text, people read the time, the message and what is new in the line; errors go to stderr', (t) => {
  const { stdout, stderr } = written(t, () => {
    const log = createLog('text', { task: 'fetch_data', attempt: 2 });
    log.info('read', { rows: 7, statistics: { mean: 1 } });
    log.warn('slow');
    log.error('broken', { exitCode: 70 });
  });
  assert.equal(stdout, '12:34:56 INFO read rows=7\n12:34:56 WARNING slow\n');
  assert.equal(stderr, '12:34:56 ERROR broken exitCode=70\n');
});

test('as JSON, every line is an object with everything that is known', (t) => {
  const { stdout } = written(t, () => createLog('json', { task: 'fetch_data' }).info('read', { rows: 7 }));
  assert.deepEqual(JSON.parse(stdout), {
    time: '2024-01-01T12:34:56.000Z',
    level: 'INFO',
    task: 'fetch_data',
    message: 'read',
    rows: 7,
  });
});

test('the sink gets JSON, one line an event, in either format', (t) => {
  const lines: string[] = [];
  written(t, () => {
    const log = createLog('text', { task: 'fetch_data' }, (json) => lines.push(json));
    log.info('two\nlines');
    log.error('broken');
  });
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).message),
    ['two\nlines', 'broken'],
  );
  assert(lines.every((line) => line.indexOf('\n') === line.length - 1));
});

test('a stored line reads as it was written', () => {
  const line = { time: '2024-01-01T12:34:56.000Z', level: 'ERROR', message: 'broken', run: 'r', exitCode: 70 } as const;
  assert.equal(stripVTControlCharacters(textOf(line, ['run'])), '12:34:56 ERROR broken exitCode=70');
});

test('on a terminal lines break between words and go on indented, and a command to type stays whole', () => {
  const message =
    "it failed: see 'npx pipeline logs 20240121T000000 fetch_data'; its reason\nhas two lines, the second of them long";
  const line = { time: '2024-01-01T12:34:56.000Z', level: 'ERROR', message, exitCode: 70 } as const;
  const at = (columns: number) => {
    const terminal = Object.assign(Object.create(process.stdout), { isTTY: true, columns });
    return stripVTControlCharacters(textOf(line, [], terminal)).split('\n');
  };
  assert.deepEqual(at(50), [
    '12:34:56 ERROR it failed: see',
    "  'npx pipeline logs 20240121T000000 fetch_data';",
    '  its reason',
    '  has two lines, the second of them long',
    '  exitCode=70',
  ]);
  assert.equal(at(0).length, 2);
});

test('causes are followed to the first one, and a circle ends', () => {
  const error = new Error('third', { cause: new TypeError('second', { cause: new Error('first') }) });
  assert.deepEqual(causesOf(error), ['Error: third', 'TypeError: second', 'Error: first']);
  assert.deepEqual(causesOf('no error'), []);
  const circle = new Error('round');
  circle.cause = circle;
  assert.equal(causesOf(circle).length, 10);
});

test('a secret is logged nowhere, neither in messages nor in fields', (t) => {
  const written: string[] = [];
  t.mock.method(process.stdout, 'write', (text: string) => written.push(text) > 0);
  for (const format of ['text', 'json'] as const) {
    const log = createLog(format, { task: 'hunter22' }, (json) => written.push(json), ['hunter22']);
    log.info('the password is hunter22', { nested: { url: 'postgres://u:hunter22@h' }, plain: 'hunter22' });
  }
  assert.equal(written.length, 4);
  assert.doesNotMatch(written.join(''), /hunter22/);
  assert.match(written.join(''), /the password is \*\*\*/);
});
