import { registerHooks } from 'node:module';
import { join } from 'node:path';
import type { DataFrame } from 'danfojs-node/dist/danfojs-base/index.js';
import type { ClassCounts, ConfusionCounts } from './metrics.ts';

/** What danfo loads and no frame here needs. */
const unused: readonly string[] = ['mathjs', '@tensorflow/tfjs-node'];

/** A small table for people. The first column names the rows. */
export interface Frame {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  /** The table in box-drawing characters, for the log. */
  toText(): string;
}

/** Rows: the two classes. Columns: class, loans, share. */
export async function classBalanceFrame({ repaid, defaulted }: ClassCounts): Promise<Frame> {
  const frame = await frameByClass({ loans: [repaid, defaulted] });
  const share = Math.round((1000 * repaid) / (repaid + defaulted)) / 10;
  // the second share is the rest, so that both add up to 100.0 %
  return toFrame('class', frame.addColumn('share', [share, 100 - share].map(asPercent)));
}

/** Rows: what happened. Columns: actual, predicted repaid, predicted default, total. */
export async function confusionFrame({ tp, fp, fn, tn }: ConfusionCounts): Promise<Frame> {
  const frame = await frameByClass({ 'predicted repaid': [tn, fn], 'predicted default': [fp, tp] });
  return toFrame('actual', frame.addColumn('total', frame.sum({ axis: 1 })));
}

async function frameByClass(columns: Readonly<Record<string, number[]>>): Promise<DataFrame> {
  const { DataFrame } = await loadDanfo();
  return new DataFrame(columns, {
    index: ['repaid', 'defaulted'],
    // without columns of its own, danfo's table cuts texts at 16 characters
    config: { tableDisplayConfig: { columnDefault: { alignment: 'right' }, columns: { 0: { alignment: 'left' } } } },
  });
}

/**
 * Loads danfo, which only the one who shows frames should pay: 0.05 s. It would be 0.8 s with the readers of files that
 * it adds for Node, and with the 8 MB of tfjs and mathjs that its tensors, scalers and statistics would take.
 */
export async function loadDanfo() {
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      next(unused.includes(specifier) ? join(import.meta.dirname, 'unused-by-frames.ts') : specifier, context),
  });
  try {
    // whole, as CommonJS exports it: a bundle has no other names for it
    return (await import('danfojs-node/dist/danfojs-base/index.js')).default;
  } finally {
    hooks.deregister();
  }
}

function toFrame(rowsAre: string, frame: DataFrame): Frame {
  return {
    columns: [rowsAre, ...frame.columns],
    rows: frame.values.map((cells, row) => [frame.index[row] ?? row, ...[cells].flat().map(asCell)]),
    toText: () => frame.toString(),
  };
}

function asCell(value: string | number | boolean): string | number {
  return typeof value === 'number' ? value : String(value);
}

function asPercent(percent: number): string {
  return `${percent.toFixed(1)} %`;
}
