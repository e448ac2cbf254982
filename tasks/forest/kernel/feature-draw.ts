import { featureOrder, features, maxFeatures } from './grow-memory';

/**
 * The order in which scikit-learn's best splitter visits the features of a tree's nodes. Features found constant are
 * drawn again in no node below; the order is never reset between nodes.
 */

let random: u32 = 0;
let known: u32 = 0;
let found: u32 = 0;
let drawn: u32 = 0;
let visited: u32 = 0;
let undrawn: u32 = 0;
let position: u32 = 0;

let markedRandom: u32 = 0;
let markedFound: u32 = 0;
let markedDrawn: u32 = 0;
let markedVisited: u32 = 0;
let markedUndrawn: u32 = 0;
let markedPosition: u32 = 0;

/** Begins a tree; `state` is the start of the splitter's random numbers. */
export function beginTree(state: u32): void {
  random = state;
  for (let feature: u32 = 0; feature < features; feature++) store<u32>(featureOrder + (feature << 2), feature);
}

/** Begins a node in which `constants` features are known to be constant. */
export function beginNode(constants: u32): void {
  known = constants;
  found = 0;
  drawn = 0;
  visited = 0;
  undrawn = features;
}

/** The next feature to look at, or -1; each must be answered by `answerConstant` or `answerSplit` before the next. */
export function drawFeature(): i32 {
  while (undrawn > known + found && (visited < maxFeatures || visited <= found + drawn)) {
    visited++;
    const j = drawn + nextRandom() % (undrawn - found - drawn);
    if (j >= known) {
      position = j + found;
      return load<i32>(featureOrder + (position << 2));
    }
    swap(drawn++, j);
  }
  return -1;
}

/** The feature drawn last is constant in this node. */
export function answerConstant(): void {
  swap(position, known + found);
  found++;
}

/** The feature drawn last is not. */
export function answerSplit(): void {
  undrawn--;
  swap(undrawn, position);
}

/** Notes the state, so that what is drawn and answered from now on can be taken back. */
export function markDraw(): void {
  markedRandom = random;
  markedFound = found;
  markedDrawn = drawn;
  markedVisited = visited;
  markedUndrawn = undrawn;
  markedPosition = position;
  memory.copy(featureOrder + (features << 3), featureOrder, features << 2);
}

export function takeBackDraw(): void {
  random = markedRandom;
  found = markedFound;
  drawn = markedDrawn;
  visited = markedVisited;
  undrawn = markedUndrawn;
  position = markedPosition;
  memory.copy(featureOrder, featureOrder + (features << 3), features << 2);
}

/** Ends the node; returns how many features its children know to be constant. */
export function endNode(): u32 {
  const constants = featureOrder + (features << 2);
  // drawing stirred the known constants, whose order the other nodes share
  memory.copy(featureOrder, constants, known << 2);
  memory.copy(constants + (known << 2), featureOrder + (known << 2), found << 2);
  return known + found;
}

/** Xorshift; its state is one 32-bit word. */
function nextRandom(): u32 {
  let x: u32 = random == 0 ? 1 : random;
  x ^= x << 13;
  x ^= x >>> 17;
  x ^= x << 5;
  random = x;
  return x & 0x7fffffff;
}

@inline
function swap(a: u32, b: u32): void {
  const feature = load<u32>(featureOrder + (a << 2));
  store<u32>(featureOrder + (a << 2), load<u32>(featureOrder + (b << 2)));
  store<u32>(featureOrder + (b << 2), feature);
}
