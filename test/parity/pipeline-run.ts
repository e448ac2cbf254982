import type { TreeColumns } from '../support/tree-columns.ts';

/** Everything that one side computes from the loans. */
export interface PipelineRun {
  /** Row numbers, 0 for the first loan of the file, in order. */
  readonly train: Uint32Array;
  readonly test: Uint32Array;
  readonly testCsv: Uint8Array;
  /** Made again each time. */
  trees(): Iterable<TreeColumns>;
  /** Of a default, for each test row. */
  readonly probabilities: Float64Array;
  readonly metricsText: string;
}

export interface Seconds {
  /** From reading the loans to the metrics. */
  readonly whole: number;
  /** The fit alone. */
  readonly fit: number;
}
