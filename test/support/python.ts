import { spawnSync } from 'node:child_process';

const candidate = process.env.PYTHON || '/usr/bin/python3';
const question = 'import joblib, pandas, sklearn; print(sklearn.__version__)';

/** A Python that has scikit-learn and pandas. */
export interface Python {
  readonly executable: string;
  /** Of scikit-learn. */
  readonly version: string;
}

/** PYTHON names another one than the system's; undefined where it, or a package it needs, is missing. */
export function findPython(): Python | undefined {
  const { status, stdout } = spawnSync(candidate, ['-c', question], { encoding: 'utf8' });
  return status === 0 ? { executable: candidate, version: stdout.trim() } : undefined;
}

export const pythonMissing =
  `${candidate} with scikit-learn and pandas is missing: ` +
  'apt-get install python3-sklearn python3-pandas, or name another Python in PYTHON';
