import assert from 'node:assert/strict';
import { test } from 'node:test';
import { progressLog } from '../../../tasks/runtime/progress-log.ts';

test('every 10 s a line says how much is done, how fast, and how long the rest takes', (t) => {
  let seconds = 0;
  t.mock.method(performance, 'now', () => seconds * 1000);
  const lines: string[] = [];
  const add = (line: string) => void lines.push(line);
  const report = progressLog({ info: add, warn: add, error: add });
  for (seconds = 1; seconds <= 25; seconds++) report({ done: seconds * 1000, total: 100_000, unit: 'rows' });
  report({ done: 3, total: null, unit: 'trees' });
  seconds = 40;
  report({ done: 80, total: null, unit: 'trees' });
  assert.deepEqual(lines, [
    '10,000 of 100,000 rows, 1,000 rows/s, about 90 s left',
    '20,000 of 100,000 rows, 1,000 rows/s, about 80 s left',
    '80 trees, 2 trees/s',
  ]);
});
