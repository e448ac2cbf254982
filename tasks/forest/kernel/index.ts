export { growTree } from './grow-tree';
export {
  columns,
  fields,
  HEAD_BITS,
  labels,
  layOutTrainingSet,
  layOutWorkspace,
  grownChildrenRight,
  grownFeature,
  grownImpurity,
  grownMissingGoToLeft,
  grownSamples,
  grownThreshold,
  grownWeight0,
  grownWeight1,
} from './grow-memory';
export { rankColumn } from './rank-column';
export { packLabels, packRanks } from './pack-records';
export { shapeRecords } from './records';
export { placeNodes } from './place-nodes';
export { orderRows } from './order-rows';
export { predictBlock } from './predict-block';
export {
  BLOCK_ROWS,
  layOutPrediction,
  walkedFeature,
  walkedChildrenRight,
  walkedThreshold,
  walkedWeight0,
  walkedWeight1,
  predictions,
  probabilities,
  rowValues,
  treeStarts,
} from './walk-memory';
export { FEATURE_FIELD_BYTES, FEATURE_FIELD_DISTINCT, FEATURE_FIELD_MISSING } from './structs';
