import { WalkNode } from './structs';
import { forks, heights, shares, walkNodes } from './walk-memory';

/** Looking is as long as a step; few rows of a deep tree go as far as its farthest leaf. */
const STEPS_BETWEEN_LOOKS: u32 = 8;

/**
 * From a node to the leaves of eight rows, whose shares are added to the rows' sums; of the rows in turn, so that the loads
 * of one run while those of the others are pending.
 */
export function addShares(start: usize, group: usize, sums: usize): void {
  let a = start;
  let b = start;
  let c = start;
  let d = start;
  let e = start;
  let f = start;
  let g = start;
  let h = start;
  let left = load<u32>(heights + ((start - walkNodes) >> 2));
  while (left > 0) {
    const steps = min(left, STEPS_BETWEEN_LOOKS);
    const before = a + b + c + d + e + f + g + h;
    for (let i: u32 = 0; i < steps; i++) {
      a = step(a, group, 0);
      b = step(b, group, 4);
      c = step(c, group, 8);
      d = step(d, group, 12);
      e = step(e, group, 16);
      f = step(f, group, 20);
      g = step(g, group, 24);
      h = step(h, group, 28);
    }
    // children lie behind their parents: the sum stands still when every row has come to its leaf
    if (a + b + c + d + e + f + g + h == before) break;
    left -= steps;
  }
  addShare(sums, a);
  addShare(sums + 16, b);
  addShare(sums + 32, c);
  addShare(sums + 48, d);
  addShare(sums + 64, e);
  addShare(sums + 80, f);
  addShare(sums + 96, g);
  addShare(sums + 112, h);
}

/**
 * From the root as far down as each of eight groups goes the same way: where its lowest and its highest values do, all its
 * rows do. Given rows as both, finds their leaves.
 */
export function descend(root: usize, low: usize, high: usize): void {
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
    a = stepTogether(a, low, high, 0);
    b = stepTogether(b, low, high, 4);
    c = stepTogether(c, low, high, 8);
    d = stepTogether(d, low, high, 12);
    e = stepTogether(e, low, high, 16);
    f = stepTogether(f, low, high, 20);
    g = stepTogether(g, low, high, 24);
    h = stepTogether(h, low, high, 28);
  } while (a + b + c + d + e + f + g + h != before);
  store<u32>(forks, a);
  store<u32>(forks, b, 4);
  store<u32>(forks, c, 8);
  store<u32>(forks, d, 12);
  store<u32>(forks, e, 16);
  store<u32>(forks, f, 20);
  store<u32>(forks, g, 24);
  store<u32>(forks, h, 28);
}

/** A value that is not below or equal goes right. The child is picked by its place: no unpredictable branch. */
@inline
function step(node: usize, group: usize, lane: usize): usize {
  const goesRight = <usize>(load<f32>(group + load<u32>(node, offsetof<WalkNode>('feature')) + lane) > load<f32>(node));
  return load<u32>(node + (goesRight << 2), offsetof<WalkNode>('left'));
}

/** Stays where the lowest and the highest value part. */
@inline
function stepTogether(node: usize, low: usize, high: usize, lane: usize): usize {
  const at = <usize>load<u32>(node, offsetof<WalkNode>('feature')) + lane;
  const threshold = load<f32>(node);
  const lowGoesRight = <usize>(load<f32>(low + at) > threshold);
  const highGoesRight = <usize>(load<f32>(high + at) > threshold);
  const child = <usize>load<u32>(node + (lowGoesRight << 2), offsetof<WalkNode>('left'));
  return select(child, node, lowGoesRight == highGoesRight);
}

@inline
function addShare(sum: usize, leaf: usize): void {
  v128.store(sum, f64x2.add(v128.load(sum), v128.load(leaf - walkNodes + shares)));
}
