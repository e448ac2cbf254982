import { findByteDifference } from '../support/byte-difference.ts';
import { findEntryDifference } from '../support/entry-difference.ts';
import { findTreeDifference } from '../support/tree-difference.ts';
import { explainF1 } from './explain-f1.ts';
import type { PipelineRun } from './pipeline-run.ts';

/** The first difference between both sides in the order in which they compute, in words; `version` is scikit-learn's. */
export function findDifference(ours: PipelineRun, theirs: PipelineRun, version: string): string | undefined {
  return (
    about('train rows', findEntryDifference('train row', ours.train, theirs.train)) ??
    about('test rows', findEntryDifference('test row', ours.test, theirs.test)) ??
    about('test CSV', findByteDifference(ours.testCsv, theirs.testCsv)) ??
    about('forest', findTreeDifference(ours.trees(), theirs.trees())) ??
    about('probabilities', findEntryDifference('probability', ours.probabilities, theirs.probabilities)) ??
    about('metrics', findMetricDifference(ours.metricsText, theirs.metricsText, version))
  );
}

function about(part: string, difference: string | undefined): string | undefined {
  return difference && `${part}: ${difference}`;
}

function findMetricDifference(ours: string, theirs: string, version: string): string | undefined {
  if (explainF1(ours, theirs, version)) return undefined;
  return findByteDifference(Buffer.from(ours), Buffer.from(theirs));
}
