import {
  heights,
  walkedFeature,
  walkedChildrenRight,
  walkedThreshold,
  walkedWeight0,
  walkedWeight1,
  shares,
  trees,
  treeStarts,
  walkNodes,
} from './walk-memory';
import { WALK_NODE_BYTES, WalkNode } from './structs';

/** Makes the nodes that are walked from those that the host passed. */
export function placeNodes(): void {
  for (let tree: u32 = 0; tree < trees; tree++) {
    const root = load<u32>(treeStarts + (tree << 2));
    // children come after their parent
    for (let node = load<u32>(treeStarts + (tree << 2), 4); node > root; ) placeNode(root, --node);
  }
}

function placeNode(root: u32, node: u32): void {
  const feature = load<i32>(walkedFeature + (node << 2));
  const isLeaf = feature < 0;
  const left = isLeaf ? node : node + 1;
  const right = isLeaf ? node : root + load<u32>(walkedChildrenRight + (node << 2));
  const place = changetype<WalkNode>(walkNodes + node * WALK_NODE_BYTES);
  place.threshold = load<f32>(walkedThreshold + (node << 2));
  place.feature = isLeaf ? 0 : feature << 5;
  place.left = <u32>walkNodes + left * WALK_NODE_BYTES;
  place.right = <u32>walkNodes + right * WALK_NODE_BYTES;
  const height = isLeaf ? 0 : 1 + max(load<u32>(heights + (left << 2)), load<u32>(heights + (right << 2)));
  store<u32>(heights + (node << 2), height);
  const weight0 = <f64>load<u32>(walkedWeight0 + (node << 2));
  const weight1 = <f64>load<u32>(walkedWeight1 + (node << 2));
  store<f64>(shares + (node << 4), weight0 / (weight0 + weight1));
  store<f64>(shares + (node << 4), weight1 / (weight0 + weight1), 8);
}
