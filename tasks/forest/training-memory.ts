import { Kernel, kernelMemory, MAX_MEMORY_BYTES } from './kernel.ts';
import type { TrainingData } from './training-data.ts';

const NO_LIMIT = 0xffffffff;

export interface TreeParameters {
  /** null: no limit. */
  readonly maxDepth: number | null;
  readonly maxFeatures: number;
}

/** The memory in which trees grow: the training set, and a workspace for each thread. Can be sent to a thread. */
export interface TrainingMemory {
  readonly memory: WebAssembly.Memory;
  readonly rows: number;
  readonly features: number;
  readonly missingValues: boolean;
  readonly maxDepth: number;
  readonly maxFeatures: number;
  readonly workspaces: number;
  /** Where the first workspace begins. */
  readonly workspaceStart: number;
  readonly workspaceBytes: number;
}

/**
 * Copies the data into a memory with as many of the wanted workspaces as can be addressed.
 * Throws a RangeError where there are no rows, a value is not finite as float32 (nor missing, if it may be), or not one workspace can be addressed.
 */
export function fillTrainingMemory(data: TrainingData, tree: TreeParameters, workspaces: number): TrainingMemory {
  const rows = data.rows.length;
  if (rows === 0) throw new RangeError('expected at least one row to train on, found none');
  const features = data.features.length;
  const missingValues = data.missingValues ?? false;
  const maxDepth = tree.maxDepth ?? NO_LIMIT;

  const planner = new Kernel(kernelMemory(0));
  const workspaceStart = planner.call('layOutTrainingSet', rows, features, Number(missingValues));
  const workspaceBytes = planner.call('layOutWorkspace', workspaceStart, maxDepth, tree.maxFeatures) - workspaceStart;
  const addressable = Math.floor((MAX_MEMORY_BYTES - workspaceStart) / workspaceBytes);
  if (addressable < 1) {
    throw new RangeError(
      `expected a table that can be addressed with 32 bits, found ${rows} rows of ${features} features`,
    );
  }
  const count = Math.min(workspaces, addressable);
  const memory = kernelMemory(workspaceStart + count * workspaceBytes);
  copyRows(data, memory);
  return {
    memory,
    rows,
    features,
    missingValues,
    maxDepth,
    maxFeatures: tree.maxFeatures,
    workspaces: count,
    workspaceStart,
    workspaceBytes,
  };
}

function copyRows(data: TrainingData, memory: WebAssembly.Memory): void {
  const { featureNames, features, labels, rows, missingValues = false } = data;
  const kernel = new Kernel(memory);
  kernel.call('layOutTrainingSet', rows.length, features.length, Number(missingValues));
  const columns = kernel.floats('columns', features.length * rows.length);
  for (const [f, column] of features.entries()) {
    const copied = columns.subarray(f * rows.length, (f + 1) * rows.length);
    if (copyColumn(column, rows, copied)) continue;
    const refused = copied.findIndex((value) => !Number.isFinite(value) && !(missingValues && Number.isNaN(value)));
    if (refused >= 0) throw notFinite(featureNames[f], column[rows[refused]]);
    // NaN has many bit patterns: all missing values get the same one
    for (let i = 0; i < copied.length; i++) if (Number.isNaN(copied[i])) copied[i] = Number.NaN;
  }
  const copiedLabels = kernel.bytes('labels', rows.length);
  for (let i = 0; i < rows.length; i++) copiedLabels[i] = labels[rows[i]];
}

/** Whether all values are finite as float32. */
function copyColumn(column: Float64Array, rows: Uint32Array, copied: Float32Array): boolean {
  let differences = 0;
  for (let i = 0; i < rows.length; i++) {
    // + 0 makes 0 of -0
    const value = Math.fround(column[rows[i]] + 0);
    copied[i] = value;
    // 0, but not a number for what is not finite
    differences += value - value;
  }
  return differences === 0;
}

function notFinite(name: string, value: number): RangeError {
  return new RangeError(
    `expected numbers that are finite as float32 in column ${name}, found ${value}; correct the data`,
  );
}
