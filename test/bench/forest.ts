import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writePlausibleLoans } from '../support/write-plausible-loans.ts';
import type { BenchOptions } from './bench.ts';
import { type Contender, compare, type Line } from './compare.ts';
import { asItPrinted, measureNode } from './measure-process.ts';
import { pythonContender, remarkOnPython } from './python-contender.ts';
import { writeRandomTable } from './random-table.ts';
import { writeTable } from './write-table.ts';

const growOnce = join(import.meta.dirname, 'grow-once.ts');
const growTableOnce = join(import.meta.dirname, 'grow-table-once.ts');
const tableRows = 200_000;
// its time grows with the square of the loans
const loansForMlRandomForest = 2_000;

/** The fit alone, 100 trees of depth 10 on 80 % of the rows: each in a process of its own that has read its loans before. */
export async function benchForest({ rows, features, rounds = 5 }: BenchOptions): Promise<void> {
  const sizes = rows ? [rows] : features ? [tableRows] : [loansForMlRandomForest, 100_000, 1_000_000];
  const folder = await mkdtemp(join(tmpdir(), 'bench-forest-'));
  try {
    const lines: Line[] = [];
    for (const size of sizes) {
      const data = join(folder, String(size));
      if (features) writeRandomTable(data, size, features);
      else await writePlausibleLoans(data, size);
      const taking = features ? onTable(data, features) : onLoans(data, size);
      lines.push(...(await compare(size, rounds, taking)));
    }
    const shape = `100 trees of depth 10${features ? ` on ${features} features` : ''}`;
    writeTable('fit', lines, [`${shape}, medians of ${rounds} rounds. ${remarkOnPython}`]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function onLoans(loansCsv: string, size: number): Contender[] {
  return [
    nodeContender('this project', [growOnce, loansCsv, 'sklearn-parity']),
    ...pythonContender('fit.py', [loansCsv], asItPrinted),
    ...(size <= loansForMlRandomForest
      ? [nodeContender('ml-random-forest', [growOnce, loansCsv, 'ml-random-forest'])]
      : []),
  ];
}

function onTable(table: string, features: number): Contender[] {
  return [
    nodeContender('this project', [growTableOnce, table, String(features)]),
    ...pythonContender('fit_table.py', [table, String(features)], asItPrinted),
  ];
}

function nodeContender(name: string, args: readonly string[]): Contender {
  return { name, measure: async () => asItPrinted(await measureNode(args)) };
}
