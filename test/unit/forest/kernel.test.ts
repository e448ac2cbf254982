import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../../..');
const compiler = join(root, 'node_modules/assemblyscript/bin/asc.js');

test('the binary is what its sources compile to', () => {
  const directory = mkdtempSync(join(tmpdir(), 'kernel-'));
  try {
    const outFile = join(directory, 'kernel.wasm');
    execFileSync(process.execPath, [compiler, '--config', 'tasks/forest/kernel/asconfig.json', '--outFile', outFile], {
      cwd: root,
    });
    const committed = readFileSync(join(root, 'tasks/forest/kernel/kernel.wasm'));
    assert.ok(committed.equals(readFileSync(outFile)), 'run `npm run kernel`, and commit what it makes');
  } finally {
    rmSync(directory, { recursive: true });
  }
});
