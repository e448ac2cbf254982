import {
  heights,
  NODE_BYTES,
  nodeFeatures,
  nodeRights,
  nodeThresholds,
  nodeWeights0,
  nodeWeights1,
  shares,
  trees,
  treeStarts,
  walkNodes,
} from './walk-memory';

/** Makes of what the host told of the nodes what is walked. */
export function placeNodes(): void {
  for (let tree: u32 = 0; tree < trees; tree++) {
    const root = load<u32>(treeStarts + (tree << 2));
    // children come after their parent
    for (let node = load<u32>(treeStarts + (tree << 2), 4); node > root; ) placeNode(root, --node);
  }
}

function placeNode(root: u32, node: u32): void {
  const feature = load<i32>(nodeFeatures + (node << 2));
  const isLeaf = feature < 0;
  const left = isLeaf ? node : node + 1;
  const right = isLeaf ? node : root + load<u32>(nodeRights + (node << 2));
  const place = walkNodes + node * NODE_BYTES;
  store<f32>(place, load<f32>(nodeThresholds + (node << 2)));
  store<u32>(place, isLeaf ? 0 : feature << 5, 4);
  store<u32>(place, walkNodes + left * NODE_BYTES, 8);
  store<u32>(place, walkNodes + right * NODE_BYTES, 12);
  const height = isLeaf ? 0 : 1 + max(load<u32>(heights + (left << 2)), load<u32>(heights + (right << 2)));
  store<u32>(heights + (node << 2), height);
  const weight0 = <f64>load<u32>(nodeWeights0 + (node << 2));
  const weight1 = <f64>load<u32>(nodeWeights1 + (node << 2));
  store<f64>(shares + (node << 4), weight0 / (weight0 + weight1));
  store<f64>(shares + (node << 4), weight1 / (weight0 + weight1), 8);
}
