import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { ForestWithGaps } from './forest-with-gaps.ts';
import type { TreeColumns } from './tree-columns.ts';

const program = readFileSync(new URL('../golden/fit_with_gaps.py', import.meta.url), 'utf8');
const chroot = process.env.PYTHON_CHROOT || '/var/cache/python-sid';
const candidates = [[process.env.PYTHON || '/usr/bin/python3'], ['chroot', chroot, 'python3']] as const;
const question = 'import sklearn; print(sklearn.__version__)';

/** A Python whose scikit-learn treats missing values as ours does. */
export interface NewPython {
  readonly command: readonly [string, ...string[]];
  readonly version: string;
}

export interface FittedForest {
  readonly trees: readonly TreeColumns[];
  /** P(class 1) of the rows that were asked about. */
  readonly probabilities: Float64Array;
}

/** The Python of the tests, or the one of a newer Debian in a chroot; undefined where neither has scikit-learn 1.9. */
export function findNewPython(): NewPython | undefined {
  for (const command of candidates) {
    const version = run(command, question).trim();
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major > 1 || (major === 1 && minor >= 9)) return { command, version };
  }
  return undefined;
}

export const newPythonMissing =
  `scikit-learn 1.9 or newer is missing: name a Python that has it in PYTHON, or as root in PYTHON_CHROOT the folder ` +
  `of a Debian that has it, which debootstrap makes (now ${chroot})`;

/** The forests as scikit-learn fits them, and what they say of the rows that are asked about. */
export function fitWithGaps({ command }: NewPython, forests: readonly ForestWithGaps[]): FittedForest[] {
  const lines = run(command, program, forests.map((forest) => `${JSON.stringify(caseOf(forest))}\n`).join(''))
    .trimEnd()
    .split('\n');
  if (lines.length !== forests.length)
    throw new Error(`expected ${forests.length} forests of ${command.join(' ')}, found ${lines.length}`);
  return lines.map((line) => readAnswer(Answer.parse(JSON.parse(line))));
}

/** What the code prints; nothing where it cannot be run. */
function run([command, ...args]: readonly [string, ...string[]], code: string, input = ''): string {
  const options = { input, encoding: 'utf8', maxBuffer: 2 ** 30 } as const;
  return spawnSync(command, [...args, '-c', code], options).stdout ?? '';
}

function caseOf({ data, parameters, asked }: ForestWithGaps) {
  // NaN becomes null
  const columns = (features: readonly Float64Array[]) => features.map((column) => [...column]);
  return {
    features: columns(data.features),
    labels: [...data.labels],
    rows: [...data.rows],
    asked: columns(asked),
    n_estimators: parameters.nEstimators,
    max_depth: parameters.maxDepth,
    random_state: parameters.randomState,
  };
}

const Numbers = z.array(z.number());
const Answer = z.object({
  trees: z.array(
    z.object({
      feature: Numbers,
      threshold: z.array(z.number().nullable()),
      children_left: Numbers,
      children_right: Numbers,
      n_node_samples: Numbers,
      impurity: Numbers,
      value: Numbers,
      missing_go_to_left: Numbers,
    }),
  ),
  probabilities: Numbers,
});

function readAnswer({ trees, probabilities }: z.output<typeof Answer>): FittedForest {
  return {
    trees: trees.map((tree) => ({
      feature: Int32Array.from(tree.feature),
      threshold: Float64Array.from(tree.threshold, (threshold) => threshold ?? Number.POSITIVE_INFINITY),
      children_left: Int32Array.from(tree.children_left),
      children_right: Int32Array.from(tree.children_right),
      n_node_samples: Int32Array.from(tree.n_node_samples),
      impurity: Float64Array.from(tree.impurity),
      value: Int32Array.from(tree.value),
      missing_go_to_left: Uint8Array.from(tree.missing_go_to_left),
    })),
    probabilities: Float64Array.from(probabilities),
  };
}
