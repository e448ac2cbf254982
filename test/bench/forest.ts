import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writePlausibleLoans } from '../support/write-plausible-loans.ts';
import type { BenchOptions } from './bench.ts';
import { type Contender, compare, type Line } from './compare.ts';
import { asItPrinted, measureNode } from './measure-process.ts';
import { pythonContender, remarkOnPython } from './python-contender.ts';
import { writeTable } from './write-table.ts';

const growOnce = join(import.meta.dirname, 'grow-once.ts');
// its time grows with the square of the loans
const loansForMlRandomForest = 2_000;

/** The fit alone, 100 trees of depth 10 on 80 % of the rows: each in a process of its own that has read its loans before. */
export async function benchForest({ rows, rounds = 5 }: BenchOptions): Promise<void> {
  const sizes = rows ? [rows] : [loansForMlRandomForest, 100_000, 1_000_000];
  const folder = await mkdtemp(join(tmpdir(), 'bench-forest-'));
  try {
    const lines: Line[] = [];
    for (const size of sizes) {
      const loansCsv = join(folder, `${size}.csv`);
      await writePlausibleLoans(loansCsv, size);
      lines.push(...(await compare(size, rounds, contenders(loansCsv, size))));
    }
    writeTable('fit', lines, [`100 trees of depth 10, medians of ${rounds} rounds. ${remarkOnPython}`]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function contenders(loansCsv: string, size: number): Contender[] {
  const node = (name: string, engine: string) => ({
    name,
    measure: async () => asItPrinted(await measureNode([growOnce, loansCsv, engine])),
  });
  return [
    node('this project', 'sklearn-parity'),
    ...pythonContender('fit.py', [loansCsv], asItPrinted),
    ...(size <= loansForMlRandomForest ? [node('ml-random-forest', 'ml-random-forest')] : []),
  ];
}
