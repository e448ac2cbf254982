/**
 * The environment in which the first attempt of a task works up to a write to its directory store, and goes on only once
 * the file is removed: so that a test cannot come too late.
 * @param key how the key of what is written ends
 */
export function holding(key: string, file: string): Readonly<Record<string, string>> {
  return {
    NODE_OPTIONS: `--import=${new URL('held-task.ts', import.meta.url)}`,
    HELD_KEY: key,
    HELD_WHILE: file,
  };
}

/** For good, that is, until it is stopped. */
export function holdingForGood(key: string): Readonly<Record<string, string>> {
  return holding(key, import.meta.filename);
}

/** Each task's entrypoint, and the key at which it is best held: its work is done, and not published. */
export const heldTasks = [
  ['create_s3_bucket', 'create-bucket', 'create_s3_bucket/20240101T000000.json'],
  ['fetch_data', 'fetch-data', 'fetch_data/20240101T000000.csv'],
  ['train_model', 'train-model', 'train_model/20240101T000000.onnx'],
  ['evaluate_model', 'evaluate-model', 'evaluate_model/20240101T000000_metrics.txt'],
] as const;
