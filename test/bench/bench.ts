import { z } from 'zod';
import { wholeNumber } from '../../tasks/runtime/environment.ts';
import { UsageError } from '../../tasks/runtime/errors.ts';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import { readOptions } from '../support/read-options.ts';
import { benchEvaluate } from './evaluate.ts';
import { benchFetch } from './fetch.ts';
import { benchForest } from './forest.ts';
import { benchImages } from './images.ts';
import { benchTrain } from './train.ts';

export interface BenchOptions {
  readonly rows: number | undefined;
  /** Of `forest`: a random table with so many instead of the loans. */
  readonly features: number | undefined;
  readonly rounds: number | undefined;
}

/** Every bench prints what it measured. */
const benches: Readonly<Record<string, (options: BenchOptions) => Promise<void>>> = {
  fetch: benchFetch,
  forest: benchForest,
  train: benchTrain,
  evaluate: benchEvaluate,
  images: benchImages,
};

const usage = `npm run bench -- ${Object.keys(benches).join('|')} [--rows N] [--rounds N]; forest also [--features N]\n`;

const schema = z.object({
  '--rows': wholeNumber(100, 100_000_000).optional(),
  '--features': wholeNumber(1, 10_000).optional(),
  '--rounds': wholeNumber(1, 1_000).optional(),
});

try {
  await runBench();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.faults.join('\n')}\n${usage}`);
  process.exitCode = exitCodes.usage;
}

async function runBench(): Promise<void> {
  const { positionals, options } = readOptions(schema);
  const bench = benches[positionals[0] ?? ''];
  if (!bench) throw new UsageError([`expected the name of a bench, found ${positionals[0] ?? 'none'}`]);
  await bench({ rows: options['--rows'], features: options['--features'], rounds: options['--rounds'] });
}
