import { fillBlock, groupAt } from './block';
import { descend } from './walk';
import {
  BLOCK_ROWS,
  forks,
  leafCounts,
  leafNumbers,
  order0,
  order1,
  rootOf,
  trees,
  treeStarts,
} from './walk-memory';
import { WALK_NODE_BYTES } from './structs';

/** Rows that come to the same leaves of three trees go half the way together in the others. */
const ORDERING_TREES: u32 = 3;

/** Where the numbers of the rows stand as they were ordered. */
export let order: usize = 0;

/** Puts rows that come to the same leaves of the first trees beside each other. */
export function orderRows(rows: u32): void {
  let from = order0;
  let to = order1;
  for (let row: u32 = 0; row < rows; row++) store<u32>(from + (row << 2), row);
  // the first tree counts most, so it comes last: each sorting leaves rows of the same leaf as the one before had them
  for (let tree = min(ORDERING_TREES, trees); tree > 0; ) {
    numberLeaves(--tree, from, rows);
    sortByLeaf(tree, from, to, rows);
    const sorted = to;
    to = from;
    from = sorted;
  }
  order = from;
}

/** Finds the leaf of each row, in the order in which the rows stand. */
function numberLeaves(tree: u32, order: usize, rows: u32): void {
  const root = rootOf(tree);
  for (let first: u32 = 0; first < rows; first += BLOCK_ROWS) {
    const size = min(BLOCK_ROWS, rows - first);
    fillBlock(order + (first << 2), size);
    for (let i: u32 = 0; i < size; i += 8) {
      descend(root, groupAt(i >> 3), groupAt(i >> 3));
      for (let lane: u32 = 0; lane < min(8, size - i); lane++) {
        const leaf = (load<u32>(forks + (lane << 2)) - <u32>root) / WALK_NODE_BYTES;
        store<u32>(leafNumbers + ((first + i + lane) << 2), leaf);
      }
    }
  }
}

function sortByLeaf(tree: u32, from: usize, to: usize, rows: u32): void {
  const nodes = load<u32>(treeStarts + (tree << 2), 4) - load<u32>(treeStarts + (tree << 2));
  memory.fill(leafCounts, 0, nodes << 2);
  for (let i: u32 = 0; i < rows; i++) {
    const count = leafCounts + (load<u32>(leafNumbers + (i << 2)) << 2);
    store<u32>(count, load<u32>(count) + 1);
  }
  // from counts to the place of each leaf's first row
  let place: u32 = 0;
  for (let node: u32 = 0; node < nodes; node++) {
    const count = load<u32>(leafCounts + (node << 2));
    store<u32>(leafCounts + (node << 2), place);
    place += count;
  }
  for (let i: u32 = 0; i < rows; i++) {
    const next = leafCounts + (load<u32>(leafNumbers + (i << 2)) << 2);
    const at = load<u32>(next);
    store<u32>(next, at + 1);
    store<u32>(to + (at << 2), load<u32>(from + (i << 2)));
  }
}
