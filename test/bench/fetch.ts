import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryStore } from '../../tasks/artifacts/stores/directory/directory-store.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { createTestLoans, psqlCopy } from '../support/test-loans.ts';
import type { BenchOptions } from './bench.ts';
import { type Measured, measureNode } from './measure-process.ts';
import { median } from './median.ts';

const entrypoint = join(import.meta.dirname, '../../tasks/fetch-data.ts');
const hasPsql = spawnSync('psql', ['--version']).status === 0;

/** The fetch_data task against the same COPY by psql, each as a process, in turn. */
export async function benchFetch({ rows = 1_000_000, rounds = 5 }: BenchOptions): Promise<void> {
  const postgres = await startPostgres();
  const folder = await mkdtemp(join(tmpdir(), 'bench-fetch-'));
  try {
    await createTestLoans(postgres, 'loans', rows);
    await postgres.query('VACUUM ANALYZE loans');
    const store = new DirectoryStore(folder);
    await store.ensureBucket();
    const environment = { ARTIFACT_STORE: store.url, DATABASE_URL: postgres.url };
    const tasks: Measured[] = [];
    const psqls: number[] = [];
    for (let round = 0; round < rounds; round++) {
      tasks.push(await measureNode([entrypoint, '--force'], environment));
      if (hasPsql) psqls.push(await measurePsql(postgres));
    }
    report(rows, tasks, psqls);
  } finally {
    await postgres.stop();
    await rm(folder, { recursive: true });
  }
}

async function measurePsql(postgres: TestPostgres): Promise<number> {
  const started = performance.now();
  const shell = spawn('sh', ['-c', 'psql "$0" -c "$1" | wc -c', postgres.url, psqlCopy('loans')], { stdio: 'ignore' });
  await once(shell, 'exit');
  return (performance.now() - started) / 1000;
}

function report(rows: number, tasks: readonly Measured[], psqls: readonly number[]): void {
  const task = median(tasks.map(({ seconds }) => seconds));
  const psql = median(psqls);
  const peak = Math.max(...tasks.map(({ peakMegabytes }) => peakMegabytes));
  const lines = [
    `${rows} rows, medians of ${tasks.length} rounds`,
    `fetch-data  ${task.toFixed(2)} s, at most ${peak.toFixed(0)} MB of memory`,
    hasPsql
      ? `psql \\copy  ${psql.toFixed(2)} s (fetch-data takes ${(task / psql).toFixed(2)} times as long)`
      : 'no psql here',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
