import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { breakage, exitOneThreeTimes, hangOnce, hogMemoryOnce } from '../../e2e/breakage.ts';

function runBroken(broken: Readonly<Record<string, string>>, attempt: number, timeout?: number) {
  const env = { ...process.env, ...broken, ATTEMPT: String(attempt) };
  const program = 'process.stdout.write("worked")';
  const { status, signal, stdout } = spawnSync(process.execPath, ['-e', program], { env, timeout });
  return { status, signal, said: stdout.toString() };
}

const worked = { status: 0, signal: null, said: 'worked' };

test('a breakage runs before the program, with any code', () => {
  const code = `process.stdout.write('"%20" & ')`;
  assert.deepEqual(runBroken(breakage(code), 1), { ...worked, said: '"%20" & worked' });
});

test('exits 1 three times, then works', () => {
  const statuses = [1, 2, 3, 4].map((attempt) => runBroken(exitOneThreeTimes, attempt).status);
  assert.deepEqual(statuses, [1, 1, 1, 0]);
});

test('hangs once, deaf to SIGTERM within the container, then works', () => {
  assert.deepEqual(runBroken(hangOnce, 1, 3000), { status: null, signal: 'SIGTERM', said: '' });
  assert.deepEqual(runBroken(hangOnce, 2), worked);
});

test('hogs memory once only', () => {
  assert.deepEqual(runBroken(hogMemoryOnce, 2), worked);
});
