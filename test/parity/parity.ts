import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { Dataset } from '../../tasks/dataset/dataset.ts';
import { CannotSplit } from '../../tasks/forest/train-test-split.ts';
import { MalformedCsv } from '../../tasks/loans/malformed-csv.ts';
import { type Loans, readLoans } from '../../tasks/loans/read-loans.ts';
import { BadData, BadInput, UsageError } from '../../tasks/runtime/errors.ts';
import { exitCodeOf, exitCodes } from '../../tasks/runtime/exit-codes.ts';
import { artifactSettings } from '../../tasks/runtime/settings.ts';
import { findPython, type Python, pythonMissing } from '../support/python.ts';
import { readOptions } from '../support/read-options.ts';
import { explainF1 } from './explain-f1.ts';
import { findDifference } from './find-difference.ts';
import { type PipelineParameters, runOurs } from './our-run.ts';
import type { PipelineRun, Seconds } from './pipeline-run.ts';
import { runPython } from './python-run.ts';

const usage =
  'npm run parity -- loans.csv [--dataset FILE] [--trees 100] [--max-depth 10|none] [--seed 42] [--test-size 0.2]\n' +
  'compares with scikit-learn, bit for bit: split, test CSV, every node, probabilities, metrics';

const schema = z.object({
  '--dataset': artifactSettings.DATASET,
  '--trees': artifactSettings.N_ESTIMATORS,
  '--max-depth': artifactSettings.MAX_DEPTH,
  '--seed': artifactSettings.RANDOM_STATE.default(42),
  '--test-size': artifactSettings.TEST_SIZE.default(0.2),
});

try {
  process.exitCode = await compare();
} catch (error) {
  const faults = error instanceof UsageError ? error.faults : [error instanceof Error ? error.message : error];
  for (const fault of faults) say(`parity: ${fault}`);
  if (error instanceof UsageError) say(usage);
  process.exitCode = exitCodeOf(error);
}

async function compare(): Promise<number> {
  const { path, dataset, parameters } = readCommandLine();
  const started = performance.now();
  const loans = await read(dataset, path);
  const reading = (performance.now() - started) / 1000;
  const python = findPython();
  if (!python) {
    say(`parity: ${pythonMissing}`);
    return exitCodes.unavailable;
  }
  const folder = await mkdtemp(join(tmpdir(), 'parity-'));
  try {
    const ours = await runOurs(dataset, loans, parameters).catch(refuse);
    const theirs = runPython(python, dataset, path, folder, parameters);
    const seconds = { ...ours.seconds, whole: reading + ours.seconds.whole };
    process.stdout.write(
      `here                ${secondsText(seconds)}\nscikit-learn ${python.version.padEnd(6)} ${secondsText(theirs.seconds)}\n`,
    );
    return report(ours.run, theirs.run, python);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function report(ours: PipelineRun, theirs: PipelineRun, { version }: Python): number {
  const difference = findDifference(ours, theirs, version);
  const explanation = explainF1(ours.metricsText, theirs.metricsText, version);
  process.stdout.write(difference ? `different: ${difference}\n` : `equal: ${counted(ours)}\n`);
  if (explanation) process.stdout.write(`${explanation}\n`);
  return difference ? exitCodes.runFailed : exitCodes.success;
}

function counted({ train, test, trees }: PipelineRun): string {
  const sizes = Array.from(trees(), ({ feature }) => feature.length);
  const counts = {
    rows: train.length + test.length,
    'test rows': test.length,
    trees: sizes.length,
    nodes: sizes.reduce((sum, size) => sum + size, 0),
  };
  return Object.entries(counts)
    .map(([noun, count]) => `${count.toLocaleString('en')} ${noun}`)
    .join(', ');
}

function secondsText({ whole, fit }: Seconds): string {
  return `${whole.toFixed(2)} s, of which the fit ${fit.toFixed(2)} s`;
}

function readCommandLine() {
  const { positionals, options } = readOptions(schema);
  const [path] = positionals;
  if (!path || positionals.length > 1) throw new UsageError([`expected one loans CSV, found ${positionals.length}`]);
  const parameters: PipelineParameters = {
    nEstimators: options['--trees'],
    maxDepth: options['--max-depth'],
    randomState: options['--seed'],
    testSize: options['--test-size'],
  };
  // npm runs scripts in the project's folder, and passes on where it was called
  return { path: resolve(process.env.INIT_CWD ?? '', path), dataset: options['--dataset'], parameters };
}

async function read(dataset: Dataset, path: string): Promise<Loans> {
  try {
    return await readLoans(dataset, createReadStream(path));
  } catch (error) {
    if (error instanceof MalformedCsv) throw new BadData(error.message, { cause: error });
    throw new BadInput(`cannot read the loans: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

function refuse(error: unknown): never {
  if (error instanceof CannotSplit || error instanceof RangeError) throw new BadData(error.message, { cause: error });
  throw error;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
