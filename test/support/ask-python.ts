import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import type { Python } from './python.ts';

/** What a script that reads JSON from stdin prints as JSON. */
export function askPython({ executable }: Python, script: string, given: unknown): unknown {
  const input = JSON.stringify(given);
  const { stdout, stderr } = spawnSync(executable, ['-c', script], { input, encoding: 'utf8', maxBuffer: 2 ** 26 });
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout);
}
