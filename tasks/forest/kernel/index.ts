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
export { layOutPrediction, predictBlock, walkNodes, walkRoots, walkRows, walkShares, walkSums } from './predict-block';
