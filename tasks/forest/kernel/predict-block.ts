import { layOut, take } from './memory';

/**
 * The nodes of all trees, each tree's in order, 16 bytes each: its threshold (float32), where in a row its feature stands in
 * bytes, and the addresses of its left and its right child. A leaf's children are the leaf itself.
 */
export let walkNodes: usize = 0;
/** Two float64 for each node: what share of its weight is of class 0, and of class 1. */
export let walkShares: usize = 0;
/** The address of each tree's root. */
export let walkRoots: usize = 0;
/** Rows of float32, one after the other. */
export let walkRows: usize = 0;
/** Two float64 for each row: the sum of the shares of both classes. */
export let walkSums: usize = 0;

let treeCount: u32 = 0;
let rowBytes: u32 = 0;

/** Lays out what it takes to predict `rows` rows, a multiple of 8, at a time; returns the address behind it. */
export function layOutPrediction(nodes: u32, trees: u32, features: u32, rows: u32): f64 {
  treeCount = trees;
  rowBytes = features << 2;
  layOut(0);
  walkNodes = take(<u64>nodes << 4);
  walkShares = take(<u64>nodes << 4);
  walkRoots = take(<u64>trees << 2);
  walkRows = take(<u64>rows * rowBytes);
  walkSums = take(<u64>rows << 4);
  return <f64>take(0);
}

/** Sums, tree by tree, what the trees say of `rows` rows, a multiple of 8. */
export function predictBlock(rows: u32): void {
  memory.fill(walkSums, 0, <usize>rows << 4);
  for (let tree: u32 = 0; tree < treeCount; tree++) {
    const root = <usize>load<u32>(walkRoots + (tree << 2));
    for (let row: u32 = 0; row < rows; row += 8) addShares(root, walkRows + row * rowBytes, walkSums + (row << 4));
  }
}

/** Of eight rows in turn, so that the one's loads run while the others' are waited for. */
function addShares(root: usize, row: usize, sums: usize): void {
  const size = rowBytes;
  let a = root;
  let b = root;
  let c = root;
  let d = root;
  let e = root;
  let f = root;
  let g = root;
  let h = root;
  let moved: usize;
  do {
    moved = a + b + c + d + e + f + g + h;
    a = step(step(a, row), row);
    b = step(step(b, row + size), row + size);
    c = step(step(c, row + 2 * size), row + 2 * size);
    d = step(step(d, row + 3 * size), row + 3 * size);
    e = step(step(e, row + 4 * size), row + 4 * size);
    f = step(step(f, row + 5 * size), row + 5 * size);
    g = step(step(g, row + 6 * size), row + 6 * size);
    h = step(step(h, row + 7 * size), row + 7 * size);
    // children lie behind their parents: the sum stands still when every row has come to its leaf
  } while (a + b + c + d + e + f + g + h != moved);
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
function step(node: usize, row: usize): usize {
  const goesRight = <usize>(load<f32>(row + load<u32>(node, 4)) > load<f32>(node));
  return load<u32>(node + (goesRight << 2), 8);
}

@inline
function addShare(sum: usize, share: usize): void {
  v128.store(sum, f64x2.add(v128.load(sum), v128.load(share)));
}
