import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchOptions } from './bench.ts';
import { compare } from './compare.ts';
import { PublishedLoans } from './published-loans.ts';
import { pythonContender, remarkOnPython } from './python-contender.ts';
import { writeTable } from './write-table.ts';

/** The evaluate_model task on the test rows of so many loans against the DAG's evaluate step, whole processes. */
export async function benchEvaluate({ rows = 1_000_000, rounds = 5 }: BenchOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-evaluate-'));
  try {
    const loans = await PublishedLoans.create(folder, rows);
    await loans.runTask('train-model');
    for (const train of pythonContender('train.py', [folder])) await train.measure();

    const lines = await compare(Math.ceil(0.2 * rows), rounds, [
      { name: 'this project, REPORT=basic', measure: () => loans.runTask('evaluate-model', { REPORT: 'basic' }) },
      { name: 'this project, full report', measure: () => loans.runTask('evaluate-model') },
      ...pythonContender('evaluate.py', [folder]),
    ]);
    const remark = `Whole processes, medians of ${rounds} rounds. ${remarkOnPython}`;
    writeTable('evaluate_model', lines, [remark, await loans.remarkOn('metrics', 'metrics.txt')]);
  } finally {
    await rm(folder, { recursive: true });
  }
}
