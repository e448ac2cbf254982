export { growTree } from './grow-tree';
export {
  columns,
  fields,
  labels,
  layOutTrainingSet,
  layOutWorkspace,
  nodeChildrenRight,
  nodeFeature,
  nodeImpurity,
  nodeSamples,
  nodeThreshold,
  nodeWeight0,
  nodeWeight1,
} from './memory';
export { rankColumn } from './rank-column';
export { packRows, shapeRecords } from './records';
export { placeNodes } from './place-nodes';
export { orderRows } from './order-rows';
export { predictBlock } from './predict-block';
export {
  layOutPrediction,
  nodeFeatures,
  nodeRights,
  nodeThresholds,
  nodeWeights0,
  nodeWeights1,
  predictions,
  probabilities,
  rowValues,
  treeStarts,
} from './walk-memory';
