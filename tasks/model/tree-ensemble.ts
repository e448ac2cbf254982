import { type Forest, LEAF } from '../forest/forest.ts';
import { attributeProto } from './onnx-fields.ts';
import { doublesAttribute, intsAttribute, textAttribute, textsAttribute } from './onnx-messages.ts';
import { textField } from './protobuf.ts';

/** Multiples of it up to 1 add up exactly in double precision. */
export const WEIGHT_UNIT = 2 ** -53;

/** Where a missing value goes the way of a true comparison, left; only written for a forest that says so. */
export const MISSING_TRACKS_TRUE = 'nodes_missing_value_tracks_true';

/** The attributes, in pieces, of the forest's TreeEnsembleClassifier (https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsembleClassifier.html). */
export function treeEnsemble(forest: Forest): Uint8Array[] {
  const { feature, childrenRight, missingGoToLeft } = forest;
  const leaves = leafNodes(feature);
  const { treeIds, nodeIds } = numberNodes(forest.treeStart);
  return [
    // with both classes listed at each leaf onnxruntime takes the wrong one, so that only class 1 is, as number 0
    intsAttribute('class_ids', new Uint8Array(leaves.length)),
    intsAttribute(
      'class_nodeids',
      leaves.map((leaf) => nodeIds[leaf] ?? 0),
    ),
    intsAttribute(
      'class_treeids',
      leaves.map((leaf) => treeIds[leaf] ?? 0),
    ),
    doublesAttribute('class_weights_as_tensor', classWeights(forest, leaves)),
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
    ...(missingGoToLeft ? [intsAttribute(MISSING_TRACKS_TRUE, missingGoToLeft)] : []),
    textsAttribute('nodes_modes', nodeModes(feature)),
    intsAttribute('nodes_nodeids', nodeIds),
    intsAttribute('nodes_treeids', treeIds),
    intsAttribute(
      'nodes_truenodeids',
      nodeIds.map((id, node) => (feature[node] === LEAF ? 0 : id + 1)),
    ),
    doublesAttribute('nodes_values_as_tensor', nodeValues(forest)),
    textAttribute('post_transform', 'NONE'),
  ].flat();
}

function leafNodes(feature: Int32Array): Uint32Array {
  const leaves = new Uint32Array(feature.length);
  let count = 0;
  for (let node = 0; node < feature.length; node++) if (feature[node] === LEAF) leaves[count++] = node;
  return leaves.subarray(0, count);
}

function numberNodes(treeStart: Uint32Array): { treeIds: Uint32Array; nodeIds: Uint32Array } {
  const treeIds = new Uint32Array(treeStart.at(-1) ?? 0);
  for (const [tree, start] of treeStart.entries()) treeIds.fill(tree, start, treeStart[tree + 1]);
  const nodeIds = treeIds.map((tree, node) => node - (treeStart[tree] ?? 0));
  return { treeIds, nodeIds };
}

/**
 * P(class 1) over the number of trees, rounded down to whole units: every runtime and thread count finds the same sum,
 * and an even vote comes to no more than 0.5: class 0, as here.
 */
function classWeights({ treeStart, weight0, weight1 }: Forest, leaves: Uint32Array): Float64Array {
  const unitsPerTree = 1 / WEIGHT_UNIT / (treeStart.length - 1);
  return new Float64Array(leaves).map((leaf) => {
    const weight = weight1[leaf] ?? 0;
    const share = weight / ((weight0[leaf] ?? 0) + weight);
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
  for (let node = 0; node < feature.length; node++) {
    const mode = feature[node] === LEAF ? leaf : branch;
    // copied by hand: a call for so few bytes takes longer
    for (let i = 0; i < mode.length; i++) modes[end++] = mode[i] ?? 0;
  }
  return modes.subarray(0, end);
}
