import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Dataset } from '../../tasks/dataset/dataset.ts';
import type { Python } from '../support/python.ts';
import type { TreeColumns } from '../support/tree-columns.ts';
import type { PipelineParameters } from './our-run.ts';
import type { PipelineRun, Seconds } from './pipeline-run.ts';

const program = join(import.meta.dirname, 'pipeline.py');
const About = z.object({ seconds: z.number(), fitSeconds: z.number() });

/** The pipeline on the loans in the file, by scikit-learn; what it computes is left in the folder. */
export function runPython(
  { executable }: Python,
  dataset: Dataset,
  loansCsv: string,
  folder: string,
  { nEstimators, maxDepth, randomState, testSize }: PipelineParameters,
): { readonly run: PipelineRun; readonly seconds: Seconds } {
  const parameters = [
    nEstimators,
    maxDepth ?? 'none',
    randomState,
    testSize,
    dataset.label.column,
    dataset.isStratified,
    dataset.hasMissingValues,
  ].map(String);
  const { status } = spawnSync(executable, [program, loansCsv, folder, ...parameters], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${program} ended with ${status}: see what it says above`);
  const { seconds, fitSeconds } = About.parse(JSON.parse(readFileSync(join(folder, 'about.json'), 'utf8')));
  return { run: readRun(folder), seconds: { whole: seconds, fit: fitSeconds } };
}

function readRun(folder: string): PipelineRun {
  const read = (name: string) => readFileSync(join(folder, name));
  return {
    train: new Uint32Array(aligned(read('train'))),
    test: new Uint32Array(aligned(read('test'))),
    testCsv: read('test.csv'),
    trees: () => readTrees(folder, new Uint32Array(aligned(read('node_count')))),
    probabilities: new Float64Array(aligned(read('probabilities'))),
    metricsText: read('metrics.txt').toString(),
  };
}

/** One tree at a time: those of a large forest need not fit in memory beside ours. */
function* readTrees(folder: string, nodeCounts: Uint32Array): Generator<TreeColumns> {
  let start = 0;
  const hasMissing = existsSync(join(folder, 'missing_go_to_left'));
  for (const nodes of nodeCounts) {
    const read = (field: keyof TreeColumns, bytes: number) =>
      readPart(join(folder, field), start * bytes, nodes * bytes);
    yield {
      feature: new Int32Array(read('feature', 4)),
      threshold: new Float64Array(read('threshold', 8)),
      children_left: new Int32Array(read('children_left', 4)),
      children_right: new Int32Array(read('children_right', 4)),
      n_node_samples: new Int32Array(read('n_node_samples', 4)),
      impurity: new Float64Array(read('impurity', 8)),
      value: new Int32Array(read('value', 8)),
      ...(hasMissing && { missing_go_to_left: new Uint8Array(read('missing_go_to_left', 1)) }),
    };
    start += nodes;
  }
}

function readPart(path: string, start: number, length: number): ArrayBuffer {
  const bytes = new Uint8Array(length);
  const file = openSync(path, 'r');
  try {
    readSync(file, bytes, 0, length, start);
  } finally {
    closeSync(file);
  }
  return bytes.buffer;
}

// a Buffer may begin at any byte, an array of numbers may not
function aligned(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
