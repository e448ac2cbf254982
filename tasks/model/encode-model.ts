import { type Forest, findFault, LEAF } from '../forest/forest.ts';
import {
  attributeProto,
  elementType,
  graphProto,
  modelProto,
  operatorSetIdProto,
  stringStringEntryProto,
} from './onnx-fields.ts';
import {
  doublesAttribute,
  floatAttribute,
  intAttribute,
  intsAttribute,
  type Operator,
  operatorFields,
  tensorFields,
  textAttribute,
  textsAttribute,
} from './onnx-messages.ts';
import { intField, messageField, textField } from './protobuf.ts';

/** The metadata property that names the input's columns, joined by commas. */
export const FEATURE_NAMES = 'feature_names';

/** The metadata property that holds their importances, joined by commas, where the engine knows them. */
export const FEATURE_IMPORTANCES = 'feature_importances';

/**
 * The forest as an ONNX model: an ai.onnx.ml TreeEnsembleClassifier in double precision from `float_input` (float32,
 * rows x features) to `label` (int64, rows) and `probabilities` (float32, rows x 2). The same forest and metadata give
 * the same bytes.
 *
 * A runtime finds the leaves, probabilities and labels that `predict` does, but for what hangs on the rounding errors of
 * summing tree by tree: the label where leaves of several shares leave the classes less than trees * 2^-51 apart, and
 * the last bit of a probability that near to the middle between two float32 values.
 *
 * `decodeModel` gets the exact weights back from two columns that no runtime reads: a leaf's `nodes_hitrates` is its
 * weight and its `nodes_values` the weight of class 1.
 *
 * Throws a RangeError where the forest cannot be walked or a leaf weighs more than 2^24.
 */
export function encodeModel(forest: Forest, metadata: Readonly<Record<string, string>>): Uint8Array {
  const fault = findFault(forest);
  if (fault) throw new RangeError(`expected a forest to write as a model, found ${fault}`);
  return Buffer.concat([
    intField(modelProto.irVersion, 8),
    textField(modelProto.producerName, 'credit-default-pipeline'),
    messageField(modelProto.graph, [
      ...operators(forest).map((operator) => messageField(graphProto.node, operatorFields(operator))),
      textField(graphProto.name, 'random_forest'),
      messageField(graphProto.input, tensorFields('float_input', elementType.float, [forest.featureNames.length])),
      messageField(graphProto.output, tensorFields('label', elementType.int64, [])),
      messageField(graphProto.output, tensorFields('probabilities', elementType.float, [2])),
    ]),
    messageField(modelProto.opsetImport, [intField(operatorSetIdProto.version, 15)]),
    messageField(modelProto.opsetImport, [
      textField(operatorSetIdProto.domain, 'ai.onnx.ml'),
      intField(operatorSetIdProto.version, 3),
    ]),
    ...metadataProperties({ ...metadata, [FEATURE_NAMES]: forest.featureNames.join(',') }),
  ]);
}

function metadataProperties(metadata: Readonly<Record<string, string>>): Uint8Array[] {
  const entries = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, value]) =>
    messageField(modelProto.metadataProps, [
      textField(stringStringEntryProto.key, key),
      textField(stringStringEntryProto.value, value),
    ]),
  );
}

function operators(forest: Forest): Operator[] {
  const trees = forest.treeStart.length - 1;
  return [
    {
      type: 'Cast',
      input: 'float_input',
      outputs: ['double_input'],
      attributes: [intAttribute('to', elementType.double)],
    },
    {
      type: 'TreeEnsembleClassifier',
      domain: 'ai.onnx.ml',
      input: 'double_input',
      outputs: ['label', 'shares'],
      attributes: treeEnsemble(forest),
    },
    // where all trees are sure of class 1 their weights may fall short of 1, and that little is no probability of class 0
    {
      type: 'ThresholdedRelu',
      input: 'shares',
      outputs: ['probabilities'],
      attributes: [floatAttribute('alpha', trees * WEIGHT_UNIT)],
    },
  ];
}

function treeEnsemble(forest: Forest): Uint8Array[] {
  const { feature, childrenRight } = forest;
  const isLeaf = (_: number, node: number) => feature[node] === LEAF;
  const { treeIds, nodeIds } = numberNodes(forest.treeStart);
  const leafTreeIds = treeIds.filter(isLeaf);
  return [
    // with both classes listed at each leaf onnxruntime takes the wrong one, so that only class 1 is, as number 0
    intsAttribute('class_ids', new Uint8Array(leafTreeIds.length)),
    intsAttribute('class_nodeids', nodeIds.filter(isLeaf)),
    intsAttribute('class_treeids', leafTreeIds),
    doublesAttribute('class_weights_as_tensor', classWeights(forest).filter(isLeaf)),
    intsAttribute('classlabels_int64s', [0, 1]),
    intsAttribute(
      'nodes_falsenodeids',
      childrenRight.map((right) => Math.max(right, 0)),
    ),
    intsAttribute(
      'nodes_featureids',
      feature.map((f) => Math.max(f, 0)),
    ),
    doublesAttribute('nodes_hitrates_as_tensor', nodeWeights(forest)),
    textsAttribute('nodes_modes', nodeModes(feature)),
    intsAttribute('nodes_nodeids', nodeIds),
    intsAttribute('nodes_treeids', treeIds),
    intsAttribute(
      'nodes_truenodeids',
      nodeIds.map((id, node) => (isLeaf(id, node) ? 0 : id + 1)),
    ),
    doublesAttribute('nodes_values_as_tensor', nodeValues(forest)),
    textAttribute('post_transform', 'NONE'),
  ];
}

function numberNodes(treeStart: Uint32Array): { treeIds: Uint32Array; nodeIds: Uint32Array } {
  const treeIds = new Uint32Array(treeStart.at(-1) ?? 0);
  for (const [tree, start] of treeStart.entries()) treeIds.fill(tree, start, treeStart[tree + 1]);
  const nodeIds = treeIds.map((tree, node) => node - (treeStart[tree] ?? 0));
  return { treeIds, nodeIds };
}

/** Multiples of it up to 1 add up exactly in double precision. */
const WEIGHT_UNIT = 2 ** -53;

/**
 * P(class 1) over the number of trees, rounded down to whole units: every runtime and thread count finds the same sum,
 * and an even vote comes to no more than 0.5: class 0, as here.
 */
function classWeights({ treeStart, weight0, weight1 }: Forest): Float64Array {
  const unitsPerTree = 1 / WEIGHT_UNIT / (treeStart.length - 1);
  return new Float64Array(weight1).map((weight, node) => {
    const share = weight / ((weight0[node] ?? 0) + weight);
    return Math.floor(share * unitsPerTree) * WEIGHT_UNIT;
  });
}

function nodeWeights({ weight0, weight1 }: Forest): Float64Array {
  return new Float64Array(weight0).map((weight, node) => weight + (weight1[node] ?? 0));
}

function nodeValues({ feature, threshold, weight1 }: Forest): Float64Array {
  return threshold.map((t, node) => (feature[node] === LEAF ? (weight1[node] ?? 0) : t));
}

function nodeModes(feature: Int32Array): Uint8Array {
  const leaf = textField(attributeProto.strings, 'LEAF');
  const branch = textField(attributeProto.strings, 'BRANCH_LEQ');
  const modes = new Uint8Array(feature.length * branch.length);
  let end = 0;
  for (const f of feature) {
    const mode = f === LEAF ? leaf : branch;
    modes.set(mode, end);
    end += mode.length;
  }
  return modes.subarray(0, end);
}
