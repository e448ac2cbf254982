import { LEAF } from '../../tasks/forest/forest.ts';
import type { GrownForest } from '../../tasks/forest/grow-forest.ts';
import type { ReferenceNode } from './reference-forest.ts';
import type { TreeColumns } from './tree-columns.ts';

/** The trees of a grown forest in the words of the reference. */
export function referenceNodes(forest: GrownForest): ReferenceNode[][] {
  return Array.from({ length: forest.treeStart.length - 1 }, (_, tree) => {
    const start = forest.treeStart[tree] ?? 0;
    const end = forest.treeStart[tree + 1] ?? 0;
    return Array.from({ length: end - start }, (_, id) => referenceNode(forest, start + id, id));
  });
}

function referenceNode(forest: GrownForest, node: number, id: number): ReferenceNode {
  const feature = forest.feature[node] ?? LEAF;
  return {
    feature,
    threshold: forest.threshold[node] ?? Number.NaN,
    children_left: feature === LEAF ? -1 : id + 1,
    children_right: forest.childrenRight[node] ?? Number.NaN,
    n_node_samples: forest.nNodeSamples[node] ?? Number.NaN,
    impurity: forest.impurity[node] ?? Number.NaN,
    value: [forest.weight0[node] ?? Number.NaN, forest.weight1[node] ?? Number.NaN],
    ...(forest.missingGoToLeft && { missing_go_to_left: forest.missingGoToLeft[node] ?? Number.NaN }),
  };
}

export function columnsOfNodes(nodes: readonly ReferenceNode[]): TreeColumns {
  return {
    feature: Int32Array.from(nodes, (node) => node.feature),
    threshold: Float64Array.from(nodes, (node) => node.threshold),
    children_left: Int32Array.from(nodes, (node) => node.children_left),
    children_right: Int32Array.from(nodes, (node) => node.children_right),
    n_node_samples: Int32Array.from(nodes, (node) => node.n_node_samples),
    impurity: Float64Array.from(nodes, (node) => node.impurity),
    value: Int32Array.from(nodes.flatMap((node) => node.value)),
    ...(nodes[0]?.missing_go_to_left !== undefined && {
      missing_go_to_left: Uint8Array.from(nodes, (node) => node.missing_go_to_left ?? 0),
    }),
  };
}
