import { laidOut, layOut, take } from './memory';

/**
 * The nodes of all trees, each tree's in order, 16 bytes each: its threshold (float32), where in a group of rows its
 * feature stands in bytes, and the addresses of its left and its right child. A leaf's children are the leaf itself.
 */
export let walkNodes: usize = 0;
/** Two float64 for each node: what share of its weight is of class 0, and of class 1. */
export let walkShares: usize = 0;
/** The address of each tree's root. */
export let walkRoots: usize = 0;
/** Rows of float32, in groups of eight: feature after feature, the eight rows beside each other. */
export let walkRows: usize = 0;
/** Two float64 for each row: the sum of the shares of both classes. */
export let walkSums: usize = 0;

let treeCount: u32 = 0;
let groupBytes: u32 = 0;

/** Lays out what it takes to predict `rows` rows, a multiple of 8, at a time; returns the address behind it. */
export function layOutPrediction(nodes: u32, trees: u32, features: u32, rows: u32): f64 {
  treeCount = trees;
  groupBytes = features << 5;
  layOut(0);
  walkNodes = take(<u64>nodes << 4);
  walkShares = take(<u64>nodes << 4);
  walkRoots = take(<u64>trees << 2);
  walkRows = take(<u64>(rows >> 3) * groupBytes);
  walkSums = take(<u64>rows << 4);
  return laidOut();
}

/** Sums, tree by tree, what the trees say of `rows` rows, a multiple of 8. */
export function predictBlock(rows: u32): void {
  const end = walkRows + (rows >> 3) * groupBytes;
  memory.fill(walkSums, 0, <usize>rows << 4);
  for (let tree: u32 = 0; tree < treeCount; tree++) {
    const root = <usize>load<u32>(walkRoots + (tree << 2));
    let sums = walkSums;
    for (let group = walkRows; group < end; group += groupBytes, sums += 128) addShares(root, group, sums);
  }
}

/** Of eight rows in turn, so that the one's loads run while the others' are waited for. */
function addShares(root: usize, group: usize, sums: usize): void {
  let a = root;
  let b = root;
  let c = root;
  let d = root;
  let e = root;
  let f = root;
  let g = root;
  let h = root;
  let before: usize;
  do {
    before = a + b + c + d + e + f + g + h;
    a = step(step(a, group, 0), group, 0);
    b = step(step(b, group, 4), group, 4);
    c = step(step(c, group, 8), group, 8);
    d = step(step(d, group, 12), group, 12);
    e = step(step(e, group, 16), group, 16);
    f = step(step(f, group, 20), group, 20);
    g = step(step(g, group, 24), group, 24);
    h = step(step(h, group, 28), group, 28);
    // children lie behind their parents: the sum stands still when every row has come to its leaf
  } while (a + b + c + d + e + f + g + h != before);
  const shares = walkShares - walkNodes;
  addShare(sums, shares + a);
  addShare(sums + 16, shares + b);
  addShare(sums + 32, shares + c);
  addShare(sums + 48, shares + d);
  addShare(sums + 64, shares + e);
  addShare(sums + 80, shares + f);
  addShare(sums + 96, shares + g);
  addShare(sums + 112, shares + h);
}

/** A value that is not below or equal goes right. The child is picked by its place: no branch that nobody can predict. */
@inline
function step(node: usize, group: usize, lane: usize): usize {
  const goesRight = <usize>(load<f32>(group + load<u32>(node, 4) + lane) > load<f32>(node));
  return load<u32>(node + (goesRight << 2), 8);
}

@inline
function addShare(sum: usize, share: usize): void {
  v128.store(sum, f64x2.add(v128.load(sum), v128.load(share)));
}
