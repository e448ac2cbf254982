import { type Dataset, ofCreditDefault } from '../dataset/dataset.ts';
import { parseDataset } from '../dataset/read-dataset.ts';
import { type Forest, findFault, LEAF, sumLeafWeights } from '../forest/forest.ts';
import { DATASET, FEATURE_NAMES, modelPieces } from './encode-model.ts';
import {
  attributeProto,
  graphProto,
  modelProto,
  nodeProto,
  stringStringEntryProto,
  tensorProto,
} from './onnx-fields.ts';
import { readDoubles, readField, readFields, readInts, readText } from './protobuf.ts';
import { MISSING_TRACKS_TRUE } from './tree-ensemble.ts';

/** The bytes are not a model that `encodeModel` wrote. */
export class MalformedModel extends Error {
  override readonly name = 'MalformedModel';

  constructor(found: string) {
    super(`expected an ONNX model as train_model writes it, found ${found}; train the model again`);
  }
}

export interface DecodedModel {
  readonly forest: Forest;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Reads what `encodeModel` wrote, and nothing else: throws MalformedModel on any other bytes. */
export function decodeModel(bytes: Uint8Array): DecodedModel {
  const { [FEATURE_NAMES]: featureNames = '', ...metadata } = readMetadata(bytes);
  const forest = readForest(readAttributes(bytes), featureNames.split(','));
  const fault = findFault(forest);
  if (fault) throw new MalformedModel(fault);
  sumLeafWeights(forest);
  requireSameBytes(modelPieces(forest, metadata), bytes);
  return { forest, metadata };
}

/**
 * The dataset that a model was trained on.
 * @throws InvalidDataset
 */
export function datasetOf({ [DATASET]: text }: DecodedModel['metadata']): Dataset {
  return text === undefined ? ofCreditDefault : parseDataset(text);
}

function readMetadata(model: Uint8Array): Record<string, string> {
  const entries = Array.from(readFields(model, modelProto.metadataProps), (entry) => [
    readText(entry, stringStringEntryProto.key),
    readText(entry, stringStringEntryProto.value),
  ]);
  return Object.fromEntries(entries);
}

/** The attributes of the model's second operator by name, still encoded. */
function readAttributes(model: Uint8Array): Map<string, Uint8Array> {
  const [, node = new Uint8Array()] = readFields(readField(model, modelProto.graph), graphProto.node);
  return new Map(
    Array.from(readFields(node, nodeProto.attribute), (attribute) => [
      readText(attribute, attributeProto.name),
      attribute,
    ]),
  );
}

function readForest(attributes: ReadonlyMap<string, Uint8Array>, featureNames: readonly string[]): Forest {
  const attribute = (name: string) => attributes.get(name) ?? new Uint8Array();
  const ints = (name: string) => readInts(attribute(name), attributeProto.ints);
  const doubles = (name: string) => readDoubles(readField(attribute(name), attributeProto.t), tensorProto.rawData);

  const weights = doubles('nodes_hitrates_as_tensor');
  const forest = {
    ...(attributes.has(MISSING_TRACKS_TRUE) && { missingGoToLeft: Uint8Array.from(ints(MISSING_TRACKS_TRUE)) }),
    featureNames,
    treeStart: treeStarts(ints('nodes_treeids')),
    feature: new Int32Array(ints('nodes_featureids')),
    threshold: doubles('nodes_values_as_tensor'),
    childrenRight: new Int32Array(ints('nodes_falsenodeids')),
    weight0: new Uint32Array(weights.length),
    weight1: new Uint32Array(weights.length),
  };
  restoreLeaves(forest, weights);
  return forest;
}

/** A leaf's value is its weight of class 1. */
function restoreLeaves({ feature, threshold, childrenRight, weight0, weight1 }: Forest, weights: Float64Array): void {
  for (let node = 0; node < weights.length; node++) {
    // node 0 is a root, so that it has no parent
    if (childrenRight[node] !== 0) continue;
    const value = threshold[node] ?? 0;
    weight0[node] = (weights[node] ?? 0) - value;
    weight1[node] = value;
    feature[node] = LEAF;
    threshold[node] = -2;
    childrenRight[node] = -1;
  }
}

function treeStarts(treeIds: Uint32Array): Uint32Array {
  const starts: number[] = [];
  treeIds.forEach((tree, node) => {
    if (node === 0 || tree !== treeIds[node - 1]) starts.push(node);
  });
  return Uint32Array.from([...starts, treeIds.length]);
}

/** All that was not read, modes and labels and shapes, must be what `encodeModel` writes for what was. */
function requireSameBytes(expected: readonly Uint8Array[], found: Uint8Array): void {
  let end = 0;
  for (const piece of expected) {
    const start = end;
    end += piece.length;
    if (Buffer.compare(piece, found.subarray(start, end)) === 0) continue;
    const offset = piece.findIndex((byte, i) => byte !== found[start + i]);
    throw new MalformedModel(`something else from byte ${start + offset} on`);
  }
  if (end < found.length) throw new MalformedModel(`something else from byte ${end} on`);
}
