import { type Forest, findFault, LEAF } from '../forest/forest.ts';
import { float32AtMost } from './float32-below.ts';
import {
  attributeProto,
  attributeType,
  dimensionProto,
  elementType,
  graphProto,
  modelProto,
  nodeProto,
  operatorSetIdProto,
  stringStringEntryProto,
  tensorShapeProto,
  tensorTypeProto,
  typeProto,
  valueInfoProto,
} from './onnx-fields.ts';
import { floatsField, intField, intsField, messageField, textField } from './protobuf.ts';

/** The metadata property that names the input's columns, joined by commas. */
export const FEATURE_NAMES = 'feature_names';

/**
 * The forest as an ONNX model: one ai.onnx.ml TreeEnsembleClassifier from `float_input` (float32, rows x features) to
 * `label` (int64, rows) and `probabilities` (float32, rows x 2). The same forest and metadata give the same bytes.
 *
 * A runtime reads thresholds, rounded down to float32, and P(class 1) over the number of trees. `decodeModel` gets the
 * exact weights back from two columns that no runtime reads: a leaf's `nodes_hitrates` is its weight and its
 * `nodes_values` the weight of class 1.
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
      messageField(graphProto.node, treeEnsembleClassifier(forest)),
      textField(graphProto.name, 'random_forest'),
      tensor(graphProto.input, 'float_input', elementType.float, [forest.featureNames.length]),
      tensor(graphProto.output, 'label', elementType.int64, []),
      tensor(graphProto.output, 'probabilities', elementType.float, [2]),
    ]),
    messageField(modelProto.opsetImport, [intField(operatorSetIdProto.version, 15)]),
    messageField(modelProto.opsetImport, [
      textField(operatorSetIdProto.domain, 'ai.onnx.ml'),
      intField(operatorSetIdProto.version, 1),
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

/** A tensor of any number of rows and the given further dimensions. */
function tensor(field: number, name: string, type: number, dimensions: readonly number[]): Uint8Array {
  const shape = [
    messageField(tensorShapeProto.dim, [textField(dimensionProto.dimParam, 'N')]),
    ...dimensions.map((size) => messageField(tensorShapeProto.dim, [intField(dimensionProto.dimValue, size)])),
  ];
  const tensorType = [intField(tensorTypeProto.elemType, type), messageField(tensorTypeProto.shape, shape)];
  return messageField(field, [
    textField(valueInfoProto.name, name),
    messageField(valueInfoProto.type, [messageField(typeProto.tensorType, tensorType)]),
  ]);
}

function treeEnsembleClassifier(forest: Forest): Uint8Array[] {
  const { feature, childrenRight } = forest;
  const isLeaf = (_: number, node: number) => feature[node] === LEAF;
  const { treeIds, nodeIds } = numberNodes(forest.treeStart);
  const leafTreeIds = treeIds.filter(isLeaf);
  return [
    textField(nodeProto.input, 'float_input'),
    textField(nodeProto.output, 'label'),
    textField(nodeProto.output, 'probabilities'),
    textField(nodeProto.opType, 'TreeEnsembleClassifier'),
    // with both classes listed at each leaf onnxruntime takes the wrong one, so that only class 1 is, as number 0
    intsAttribute('class_ids', new Uint8Array(leafTreeIds.length)),
    intsAttribute('class_nodeids', nodeIds.filter(isLeaf)),
    intsAttribute('class_treeids', leafTreeIds),
    floatsAttribute('class_weights', classWeights(forest).filter(isLeaf)),
    intsAttribute('classlabels_int64s', [0, 1]),
    intsAttribute(
      'nodes_falsenodeids',
      childrenRight.map((right) => Math.max(right, 0)),
    ),
    intsAttribute(
      'nodes_featureids',
      feature.map((f) => Math.max(f, 0)),
    ),
    floatsAttribute('nodes_hitrates', nodeWeights(forest)),
    modesAttribute(feature),
    intsAttribute('nodes_nodeids', nodeIds),
    intsAttribute('nodes_treeids', treeIds),
    intsAttribute(
      'nodes_truenodeids',
      nodeIds.map((id, node) => (isLeaf(id, node) ? 0 : id + 1)),
    ),
    floatsAttribute('nodes_values', nodeValues(forest)),
    stringAttribute('post_transform', 'NONE'),
    textField(nodeProto.domain, 'ai.onnx.ml'),
  ];
}

function numberNodes(treeStart: Uint32Array): { treeIds: Uint32Array; nodeIds: Uint32Array } {
  const treeIds = new Uint32Array(treeStart.at(-1) ?? 0);
  for (const [tree, start] of treeStart.entries()) treeIds.fill(tree, start, treeStart[tree + 1]);
  const nodeIds = treeIds.map((tree, node) => node - (treeStart[tree] ?? 0));
  return { treeIds, nodeIds };
}

/**
 * P(class 1) over the number of trees, as a multiple of 2^-24. Such numbers add up exactly in float32, so that every
 * runtime and thread count finds the same sum, and an even vote comes to no more than 0.5: class 0, as here. The sum is
 * off by less than 2.5 * trees * 2^-24, so only a probability that close to 0.5 can give a runtime the other class.
 */
function classWeights({ treeStart, weight0, weight1 }: Forest): Float32Array {
  const certain = 2 * Math.floor(2 ** 23 / (treeStart.length - 1));
  return new Float32Array(weight1).map((weight, node) => {
    const share = weight / ((weight0[node] ?? 0) + weight);
    return Math.round(share * certain) / 2 ** 24;
  });
}

function nodeWeights({ weight0, weight1 }: Forest): Float32Array {
  return new Float32Array(weight0).map((weight, node) => weight + (weight1[node] ?? 0));
}

function nodeValues({ feature, threshold, weight1 }: Forest): Float32Array {
  return new Float32Array(
    threshold.map((t, node) => (feature[node] === LEAF ? (weight1[node] ?? 0) : float32AtMost(t))),
  );
}

function modesAttribute(feature: Int32Array): Uint8Array {
  const leaf = textField(attributeProto.strings, 'LEAF');
  const branch = textField(attributeProto.strings, 'BRANCH_LEQ');
  const modes = new Uint8Array(feature.length * branch.length);
  let end = 0;
  for (const f of feature) {
    const mode = f === LEAF ? leaf : branch;
    modes.set(mode, end);
    end += mode.length;
  }
  return attribute('nodes_modes', attributeType.strings, modes.subarray(0, end));
}

function intsAttribute(name: string, values: ArrayLike<number>): Uint8Array {
  return attribute(name, attributeType.ints, intsField(attributeProto.ints, values));
}

function floatsAttribute(name: string, values: Float32Array): Uint8Array {
  return attribute(name, attributeType.floats, floatsField(attributeProto.floats, values));
}

function stringAttribute(name: string, value: string): Uint8Array {
  return attribute(name, attributeType.string, textField(attributeProto.s, value));
}

function attribute(name: string, type: number, value: Uint8Array): Uint8Array {
  return messageField(nodeProto.attribute, [
    textField(attributeProto.name, name),
    value,
    intField(attributeProto.type, type),
  ]);
}
