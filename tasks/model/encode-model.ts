import { type Forest, findFault } from '../forest/forest.ts';
import { elementType, graphProto, modelProto, operatorSetIdProto, stringStringEntryProto } from './onnx-fields.ts';
import { floatAttribute, intAttribute, type Operator, operatorFields, tensorFields } from './onnx-messages.ts';
import { intField, messageField, messagePieces, textField } from './protobuf.ts';
import { treeEnsemble, WEIGHT_UNIT } from './tree-ensemble.ts';

/** The metadata property that names the input's columns, joined by commas. */
export const FEATURE_NAMES = 'feature_names';

/** The metadata property that holds their importances, joined by commas, where the engine knows them. */
export const FEATURE_IMPORTANCES = 'feature_importances';

/** The dataset that the model was trained on; absent for the loans of the article. */
export const DATASET = 'dataset';

/** How many of the held-out rows stand among the training rows too; absent where none does. */
export const SHARED_ROWS = 'test_rows_in_train';

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
 * A missing value, NaN, goes where the forest sends it, if it says so.
 *
 * Throws a RangeError where the forest cannot be walked or a leaf weighs more than 2^24.
 */
export function encodeModel(forest: Forest, metadata: Readonly<Record<string, string>>): Uint8Array {
  const fault = findFault(forest);
  if (fault) throw new RangeError(`expected a forest to write as a model, found ${fault}`);
  return Buffer.concat(modelPieces(forest, metadata));
}

/** The bytes of the model of a forest without fault, one piece after the other. */
export function modelPieces(forest: Forest, metadata: Readonly<Record<string, string>>): Uint8Array[] {
  return [
    intField(modelProto.irVersion, 8),
    textField(modelProto.producerName, 'credit-default-pipeline'),
    ...messagePieces(modelProto.graph, [
      ...operators(forest).flatMap((operator) => messagePieces(graphProto.node, operatorFields(operator))),
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
  ];
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
      attributes: intAttribute('to', elementType.double),
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
      attributes: floatAttribute('alpha', trees * WEIGHT_UNIT),
    },
  ];
}
