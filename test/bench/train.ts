import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchOptions } from './bench.ts';
import { compare } from './compare.ts';
import { PublishedLoans } from './published-loans.ts';
import { pythonContender, remarkOnPython } from './python-contender.ts';
import { writeTable } from './write-table.ts';

/** The train_model task on a directory store against the DAG's train step, whole processes. */
export async function benchTrain({ rows = 1_000_000, rounds = 5 }: BenchOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-train-'));
  try {
    const loans = await PublishedLoans.create(folder, rows);
    const lines = await compare(rows, rounds, [
      { name: 'this project', measure: () => loans.runTask('train-model') },
      ...pythonContender('train.py', [folder]),
    ]);
    const remark = `Whole processes, medians of ${rounds} rounds. ${remarkOnPython}`;
    writeTable('train_model', lines, [remark, await loans.remarkOn('testLoans', 'test.csv')]);
  } finally {
    await rm(folder, { recursive: true });
  }
}
