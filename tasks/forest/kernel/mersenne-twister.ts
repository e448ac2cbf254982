import { drawCounts, drawMask, rows, TWISTER_WORDS, twisterOutput, twisterState } from './grow-memory';

const SHIFT: u32 = 397;

/** Seeds MT19937 as `numpy.random.RandomState(seed)` does. */
export function seedTwister(seed: u32): void {
  let word = seed;
  store<u32>(twisterState, word);
  for (let i: u32 = 1; i < TWISTER_WORDS; i++) {
    word = 1812433253 * (word ^ (word >>> 30)) + i;
    store<u32>(twisterState + (i << 2), word);
  }
}

/** The next 624 outputs. */
export function twist(): void {
  const state = twisterState;
  const wrap = TWISTER_WORDS - SHIFT;
  // four words at a time, as far as the word that far ahead is an old one, and behind that a new one
  let i: u32 = 0;
  for (; i + 4 <= wrap; i += 4) twistFour(state + (i << 2), state + ((i + SHIFT) << 2));
  for (; i < wrap; i++) twistOne(state + (i << 2), state + ((i + 1) << 2), state + ((i + SHIFT) << 2));
  for (; i + 5 <= TWISTER_WORDS; i += 4) twistFour(state + (i << 2), state + ((i - wrap) << 2));
  for (; i < TWISTER_WORDS - 1; i++) {
    twistOne(state + (i << 2), state + ((i + 1) << 2), state + ((i - wrap) << 2));
  }
  twistOne(state + (i << 2), state, state + ((i - wrap) << 2));
  temper();
}

@inline
function twistFour(at: usize, ahead: usize): void {
  const next = v128.load(at, 4);
  const joined = v128.or(
    v128.and(v128.load(at), i32x4.splat(0x80000000)),
    v128.and(next, i32x4.splat(0x7fffffff)),
  );
  const magic = v128.and(i32x4.neg(v128.and(next, i32x4.splat(1))), i32x4.splat(0x9908b0df));
  v128.store(at, v128.xor(v128.load(ahead), v128.xor(i32x4.shr_u(joined, 1), magic)));
}

@inline
function twistOne(at: usize, nextAt: usize, ahead: usize): void {
  const next = load<u32>(nextAt);
  const joined = (load<u32>(at) & 0x80000000) | (next & 0x7fffffff);
  store<u32>(at, load<u32>(ahead) ^ (joined >>> 1) ^ (-(next & 1) & 0x9908b0df));
}

function temper(): void {
  for (let offset: u32 = 0; offset < TWISTER_WORDS << 2; offset += 16) {
    let y = v128.load(twisterState + offset);
    y = v128.xor(y, i32x4.shr_u(y, 11));
    y = v128.xor(y, v128.and(i32x4.shl(y, 7), i32x4.splat(0x9d2c5680)));
    y = v128.xor(y, v128.and(i32x4.shl(y, 15), i32x4.splat(0xefc60000)));
    v128.store(twisterOutput + offset, v128.xor(y, i32x4.shr_u(y, 18)));
  }
}

/** The first `randint(0, 2^31 - 1)` of the generator just seeded and twisted once. */
export function firstSplitterState(): u32 {
  let at = twisterOutput;
  while ((load<u32>(at) & 0x7fffffff) == 0x7fffffff) at += 4;
  return load<u32>(at) & 0x7fffffff;
}

/**
 * Counts how often each row comes up in as many draws of `randint(0, rows)` as there are rows, from the generator just
 * seeded and twisted once. What stands behind the last row is of no meaning.
 */
export function countDraws(): void {
  const counts = drawCounts;
  const mask = drawMask();
  memory.fill(counts, 0, <usize>mask + 1);
  if (rows == 1) {
    store<u8>(counts, 1);
    return;
  }
  const end = twisterOutput + (TWISTER_WORDS << 2);
  for (let draws: u32 = 0; ; twist()) {
    // rejected values are counted behind the others: cheaper than an unpredictable branch
    if (rows - draws >= TWISTER_WORDS) {
      for (let at = twisterOutput; at < end; at += 4) draws += countDraw(counts, load<u32>(at) & mask);
    } else {
      for (let at = twisterOutput; at < end && draws < rows; at += 4) draws += countDraw(counts, load<u32>(at) & mask);
    }
    if (draws == rows) return;
  }
}

@inline
function countDraw(counts: usize, value: u32): u32 {
  store<u8>(counts + value, load<u8>(counts + value) + 1);
  return u32(value < rows);
}
