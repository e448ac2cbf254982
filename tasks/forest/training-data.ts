export interface TrainingData {
  readonly featureNames: readonly string[];
  /** One column for each feature, an entry for each loan; taken as float32. */
  readonly features: readonly Float64Array[];
  /** Whether values may be missing, NaN in their column. */
  readonly missingValues?: boolean;
  /** 0 or 1 for each loan. */
  readonly labels: Uint8Array;
  /** The loans to train on, in order. */
  readonly rows: Uint32Array;
}
