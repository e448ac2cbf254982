import { spawnSync } from 'node:child_process';

const candidate = process.env.PYTHON || '/usr/bin/python3';

/** A Python that has what a test needs. */
export interface Python {
  readonly executable: string;
  /** Of the package that is compared with. */
  readonly version: string;
}

/** One with scikit-learn and pandas. PYTHON names another one than the system's; undefined where it, or a package, is missing. */
export const findPython = () => find('import joblib, pandas, sklearn; print(sklearn.__version__)');

/** One with onnx, likewise. */
export const findPythonWithOnnx = () => find('import onnx; print(onnx.__version__)');

export const pythonMissing = missing('scikit-learn and pandas', 'python3-sklearn python3-pandas');
export const pythonWithOnnxMissing = missing('onnx', 'python3-onnx');

function find(question: string): Python | undefined {
  const { status, stdout } = spawnSync(candidate, ['-c', question], { encoding: 'utf8' });
  return status === 0 ? { executable: candidate, version: stdout.trim() } : undefined;
}

function missing(what: string, packages: string): string {
  return `${candidate} with ${what} is missing: apt-get install ${packages}, or name another Python in PYTHON`;
}
