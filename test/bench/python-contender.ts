import { join } from 'node:path';
import { findPython, pythonMissing } from '../support/python.ts';
import type { Contender } from './compare.ts';
import { type Ended, type Measured, measureProcess } from './measure-process.ts';

const python = findPython();

/** A program of this folder in scikit-learn; none where that is missing. */
export function pythonContender(
  program: string,
  args: readonly string[],
  measured: (ended: Ended) => Measured = (ended) => ended,
): Contender[] {
  if (!python) return [];
  // -B: nothing is left beside the programs
  const command = ['-B', join(import.meta.dirname, program), ...args];
  const measure = () => measureProcess(python.executable, command);
  return [{ name: `scikit-learn ${python.version}`, measure: async () => measured(await measure()) }];
}

export const remarkOnPython = python
  ? 'scikit-learn uses all CPUs (n_jobs=-1).'
  : `scikit-learn was not measured: ${pythonMissing}.`;
