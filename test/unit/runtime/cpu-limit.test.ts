import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { cpuLimit, usableCpus } from '../../../tasks/runtime/cpu-limit.ts';

const cases: readonly [name: string, files: Readonly<Record<string, string>>, limit: number][] = [
  ['one CPU, version 2', { 'cpu.max': '100000 100000\n' }, 1],
  ['half a CPU, version 2', { 'cpu.max': '50000 100000\n' }, 0.5],
  ['no limit, version 2', { 'cpu.max': 'max 100000\n' }, Number.POSITIVE_INFINITY],
  ['one and a half, version 1', { 'cpu/cpu.cfs_quota_us': '150000\n', 'cpu/cpu.cfs_period_us': '100000\n' }, 1.5],
  [
    'no limit, version 1',
    { 'cpu/cpu.cfs_quota_us': '-1\n', 'cpu/cpu.cfs_period_us': '100000\n' },
    Number.POSITIVE_INFINITY,
  ],
  ['no cgroups', {}, Number.POSITIVE_INFINITY],
  ['a file of something else', { 'cpu.max': '?\n' }, Number.POSITIVE_INFINITY],
];

for (const [name, files, limit] of cases) {
  test(`the limit of a container is read: ${name}`, () => {
    const cgroups = mkdtempSync(join(tmpdir(), 'cgroups-'));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(cgroups, path)), { recursive: true });
      writeFileSync(join(cgroups, path), text);
    }
    assert.equal(cpuLimit(cgroups), limit);
    const cpus = usableCpus(cgroups);
    assert.ok(Number.isInteger(cpus) && cpus >= 1 && cpus <= Math.max(1, Math.ceil(limit)));
    rmSync(cgroups, { recursive: true });
  });
}
