import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MersenneTwister } from '../../../tasks/forest/mersenne-twister.ts';

interface Draws {
  seed: number;
  uint32: number[];
  uint32_at_620_to_630: number[];
  uint32_sum_2000: number;
  randint: { high: number; values: number[] }[];
  bootstrap_800_counts_head: number[];
  permutation: { n: number; values: number[] }[];
  permutation_5_then_of_list: [number[], number[]];
  tree_seeds: number[];
  splitter_start_of_first_tree: number;
}

const seeds: Draws[] = JSON.parse(readFileSync(new URL('../../golden/rng.json', import.meta.url), 'utf8'));
const highestSeed = 2_147_483_647;

function times<T>(count: number, draw: () => T): T[] {
  return Array.from({ length: count }, draw);
}

for (const golden of seeds) {
  const generator = () => new MersenneTwister(golden.seed);

  test(`seed ${golden.seed} gives numpy's 32-bit numbers, across the end of a block too`, () => {
    const random = generator();
    const drawn = times(2_000, () => random.next32());
    assert.deepEqual(drawn.slice(0, 8), golden.uint32);
    assert.deepEqual(drawn.slice(620, 630), golden.uint32_at_620_to_630);
    assert.equal(
      drawn.reduce((sum, number) => sum + number),
      golden.uint32_sum_2000,
    );
  });

  test(`seed ${golden.seed} gives numpy's randint for every range`, () => {
    for (const { high, values } of golden.randint) {
      const random = generator();
      const drawn = times(values.length, () => random.randint(0, high));
      assert.deepEqual(drawn, values, `randint(0, ${high})`);
    }
  });

  test(`seed ${golden.seed} draws numpy's bootstrap`, () => {
    const random = generator();
    const counts = new Array(800).fill(0);
    for (const row of times(800, () => random.randint(0, 800))) counts[row]++;
    assert.deepEqual(counts.slice(0, 40), golden.bootstrap_800_counts_head);
  });

  test(`seed ${golden.seed} permutes as numpy does`, () => {
    for (const { n, values } of golden.permutation) assert.deepEqual([...generator().permutation(n)], values);
    const random = generator();
    const first = random.permutation(5);
    const list = Uint32Array.of(50, 40, 30, 20, 10, 0);
    random.shuffle(list);
    assert.deepEqual([[...first], [...list]], golden.permutation_5_then_of_list);
  });

  test(`seed ${golden.seed} gives a forest's tree seeds and its first splitter's start`, () => {
    const random = generator();
    const treeSeeds = times(golden.tree_seeds.length, () => random.randint(0, highestSeed));
    assert.deepEqual(treeSeeds, golden.tree_seeds);
    const [first = 0] = treeSeeds;
    assert.equal(new MersenneTwister(first).randint(0, highestSeed), golden.splitter_start_of_first_tree);
  });
}

test('an interval of one number, and a shuffle of one, draw nothing', () => {
  const random = new MersenneTwister(42);
  assert.equal(random.interval(0), 0);
  assert.equal(random.randint(7, 8), 7);
  random.shuffle(Uint32Array.of(9));
  random.permutation(0);
  assert.equal(random.next32(), new MersenneTwister(42).next32());
});

test('an interval may span all 32 bits', () => {
  const [random, raw] = [new MersenneTwister(1), new MersenneTwister(1)];
  for (let i = 0; i < 50; i++) assert.equal(random.interval(0xffffffff), raw.next32());
});
