import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growForest } from '../../../tasks/forest/grow-forest.ts';
import { MersenneTwister } from '../../../tasks/forest/mersenne-twister.ts';
import type { TrainingData } from '../../../tasks/forest/training-data.ts';
import { forestWithGaps } from '../../support/forest-with-gaps.ts';
import { referenceForest } from '../../support/reference-forest.ts';
import { referenceNodes } from '../../support/reference-nodes.ts';

/** RANDOM_FORESTS=10000 makes a long run of it. */
const randomForests = Number(process.env.RANDOM_FORESTS || 1000);

type Values = (random: MersenneTwister) => number;

const uniform: Values = (random) => random.next32() / 2 ** 32;
const kinds: Readonly<Record<string, Values>> = {
  'few distinct values': (random) => random.interval(5),
  'hundreds of distinct values': (random) => 300 + random.interval(550),
  'hardly equal values': (random) => 1000 * uniform(random),
  'near values': (random) => 0.5 + 0.6e-7 * random.interval(40),
  'near values among far ones': (random) => random.interval(3) + 0.3e-7 * random.interval(9),
  'one value': () => 7,
  'two values too near to be distinct': (random) => 1 + 1e-7 * random.interval(1),
  'nearly one value': (random) => (random.interval(30) === 0 ? 1 : 0),
  'zeros of both signs': (random) => [-0, 0, 1e-40, -1][random.interval(3)] ?? 0,
  'values that float32 merges': (random) => 16_777_216 + random.interval(9) / 2,
  'values of all magnitudes': (random) => (random.interval(1) - 0.5) * 10 ** (random.interval(60) - 30),
  'clusters far apart': (random) => 1e6 * random.interval(3) + (random.interval(20) === 0 ? 0 : 100 * uniform(random)),
};
const kindsOfValues = Object.values(kinds);

function randomData(seed: number, features: number, rows: number, positives: number, kind?: Values): TrainingData {
  const random = new MersenneTwister(seed);
  const columns = Array.from({ length: features }, () => {
    const value = kind ?? kindsOfValues[random.interval(kindsOfValues.length - 1)] ?? uniform;
    return Float64Array.from({ length: rows }, () => value(random));
  });
  const first = columns[0] ?? new Float64Array();
  const middle = first.toSorted()[rows >> 1] ?? 0;
  // half of the labels follow the first feature, so that there is something to learn
  const labels = Uint8Array.from(first, (value) =>
    (random.interval(1) === 0 ? uniform(random) < positives : value > middle && positives > 0 && positives < 1) ? 1 : 0,
  );
  return { featureNames: columns.map((_, f) => `f${f}`), features: columns, labels, rows: random.permutation(rows) };
}

function assertSameForest(data: TrainingData, parameters: Parameters<typeof growForest>[1], message: string): void {
  const found = referenceNodes(growForest(data, parameters));
  const expected = referenceForest(data, parameters);
  for (const [t, nodes] of expected.entries()) assert.deepEqual(found[t], nodes, `${message}, tree ${t}`);
  assert.equal(found.length, expected.length);
}

for (const [name, kind] of Object.entries(kinds)) {
  test(`a forest on columns of ${name} is the reference's`, () => {
    for (let seed = 0; seed < 30; seed++) {
      const rows = [3, 30, 41, 200, 700][seed % 5] ?? 1;
      const data = randomData(seed, 1 + (seed % 4), rows, 0.4, kind);
      for (const maxDepth of [null, 3, 10]) {
        assertSameForest(data, { nEstimators: 2, maxDepth, randomState: seed }, `seed ${seed}, depth ${maxDepth}`);
      }
    }
  });
}

test(`a forest on each of ${randomForests} random small tables is the reference's`, () => {
  for (let seed = 0; seed < randomForests; seed++) {
    const random = new MersenneTwister(seed);
    const positives = [0, 0.02, 0.3, 0.5, 1][random.interval(4)] ?? 0;
    const data = randomData(seed, 1 + random.interval(7), 1 + random.interval(119), positives);
    const maxDepth = [null, 3, 10][random.interval(2)] ?? null;
    assertSameForest(data, { nEstimators: 2, maxDepth, randomState: seed }, `seed ${seed}`);
  }
});

test("a forest on tables of up to 40 columns is the reference's, with any number of features drawn", () => {
  for (let seed = 0; seed < 60; seed++) {
    const random = new MersenneTwister(seed);
    const features = 1 + random.interval(39);
    const data = randomData(seed, features, 1 + random.interval(400), 0.3);
    const maxFeatures = 1 + random.interval(features - 1);
    assertSameForest(data, { nEstimators: 2, maxDepth: null, maxFeatures, randomState: seed }, `seed ${seed}`);
  }
});

test("a forest on tables with so many values that they are searched coarsely first is the reference's", () => {
  for (let seed = 0; seed < 12; seed++) {
    const data = randomData(seed, 5, 12_000, [0.05, 0.4][seed % 2] ?? 0);
    assertSameForest(data, { nEstimators: 1, maxDepth: null, randomState: seed }, `seed ${seed}`);
  }
});

test(`a forest on each of ${randomForests} random tables with missing values is the reference's`, () => {
  for (let seed = 0; seed < randomForests; seed++) {
    const { data, parameters } = forestWithGaps(seed);
    assertSameForest(data, parameters, `seed ${seed}`);
  }
});

test("a forest on large tables with missing values is the reference's, with any number of features drawn", () => {
  for (let seed = 0; seed < 30; seed++) {
    const { data, parameters } = forestWithGaps(seed, { mostRows: 9_000 });
    const maxFeatures = 1 + (seed % data.features.length);
    assertSameForest(data, { ...parameters, maxFeatures }, `seed ${seed}`);
  }
});

test('where values may be missing but none is, the forest is the same, and says where they would go', () => {
  for (let seed = 0; seed < 30; seed++) {
    const data = randomData(seed, 1 + (seed % 5), 300, 0.4);
    const parameters = { nEstimators: 2, maxDepth: null, randomState: seed };
    const { missingGoToLeft, ...forest } = growForest({ ...data, missingValues: true }, parameters);
    assert.deepEqual(forest, growForest(data, parameters));
    assert.equal(missingGoToLeft?.length, forest.feature.length);
    assertSameForest({ ...data, missingValues: true }, parameters, `seed ${seed}`);
  }
});

test('every bit pattern of NaN is a missing value', () => {
  const { data, parameters } = forestWithGaps(12);
  const negative = new Float64Array(BigUint64Array.of(0xfff8_0000_0000_0001n).buffer)[0] ?? 0;
  const features = data.features.map((column) => column.map((value) => (Number.isNaN(value) ? negative : value)));
  assert.deepEqual(growForest({ ...data, features }, parameters), growForest(data, parameters));
});

test('an infinite value is refused where values may be missing, with its column', () => {
  const data = { ...randomData(3, 2, 10, 0.5, () => Number.NaN), missingValues: true };
  data.features[1]?.fill(1e39, 4, 5);
  assert.throws(() => growForest(data, { nEstimators: 1, maxDepth: 3, randomState: 0 }), {
    name: 'RangeError',
    message: 'expected numbers that are finite as float32 in column f1, found 1e+39; correct the data',
  });
});

test('a value that float32 cannot hold is refused, with its column', () => {
  for (const value of [Number.NaN, 1e39, Number.NEGATIVE_INFINITY]) {
    const data = randomData(3, 2, 10, 0.5, () => 1);
    data.features[1]?.fill(value, 4, 5);
    assert.throws(() => growForest(data, { nEstimators: 1, maxDepth: 3, randomState: 0 }), {
      name: 'RangeError',
      message: `expected numbers that are finite as float32 in column f1, found ${value}; correct the data`,
    });
  }
});

test('no rows are refused', () => {
  const data = { ...randomData(3, 2, 10, 0.5), rows: new Uint32Array() };
  assert.throws(() => growForest(data, { nEstimators: 1, maxDepth: 3, randomState: 0 }), /at least one row/);
});
