import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { distributionsOf } from '../../../pipeline/models/distributions.ts';
import { type Drift, driftOf } from '../../../pipeline/models/drift.ts';
import { askPython } from '../../support/ask-python.ts';
import { evenly, type Feature, normal, profiled } from '../../support/profiled.ts';
import { findPython, pythonMissing } from '../../support/python.ts';

const python = findPython();
const skip = !python && pythonMissing;
type Cells = readonly (number | null)[];

const decimal: Feature = { type: 'decimal' };
const term: Feature = { type: 'integer', min: 0, max: 60 };
const categories = (count: number): Feature => ({
  type: 'category',
  values: Array.from({ length: count }, (_, i) => `c${i}`),
});

function drift(feature: Feature, reference: Cells, current: Cells): Drift {
  const [x] = driftOf(distributionsOf(profiled(feature, reference)), distributionsOf(profiled(feature, current)));
  assert(x);
  return x;
}

const draws = (count: number, shape: () => number | null) => Array.from({ length: count }, shape);
const near = (a: number | null, b: number, tolerance = 1e-12) =>
  assert(a !== null && Math.abs(a - b) <= tolerance, `${a}, expected ${b}`);

describe('the drift of a column', () => {
  test('is 0 between a sample and itself, of any type', () => {
    const draw = evenly(1);
    for (const [feature, cells] of [
      [decimal, draws(500, () => (draw() < 0.1 ? null : normal(draw)))],
      [term, draws(500, () => Math.floor(draw() * 60))],
      [categories(9), draws(500, () => Math.floor(draw() * 9))],
    ] as const) {
      const { psi, ks, isDrifted } = drift(feature, cells, cells);
      assert.deepEqual([psi, ks ?? 0, isDrifted], [0, 0, false]);
    }
  });

  test('is that of a shift, of a new value, of NULLs', () => {
    const draw = evenly(2);
    const sample = (shift: number) => draws(2_000, () => normal(draw) + shift);
    const shifted = drift(decimal, sample(0), sample(1));
    // ten groups of a normal distribution that moves by its standard deviation: about the square of it
    assert(shifted.isDrifted && shifted.psi !== null && shifted.psi > 0.8 && shifted.psi < 1.3, `${shifted.psi}`);
    near(shifted.ks, 0.383, 0.06);

    const constant = drift(term, Array(100).fill(12), Array(100).fill(24));
    assert(constant.isDrifted && constant.ks === 1);

    const mix = (low: number) => Array.from({ length: 100 }, (_, row) => (row < low ? 6 : 12));
    assert(drift(term, mix(4), mix(40)).isDrifted, 'a value that is most of the reference stands for itself');

    const nulls = drift(
      decimal,
      sample(0),
      draws(2_000, () => (draw() < 0.1 ? null : normal(draw))),
    );
    assert(nulls.isDrifted);
    assert(nulls.ks !== null && nulls.ksByChance !== null && nulls.ks < nulls.ksByChance);
    assert.equal(nulls.nullShares.reference, 0);
    near(nulls.nullShares.current, 0.1, 0.02);
  });

  test('is small on large samples and still above chance, and larger on small ones and below it', () => {
    const draw = evenly(3);
    const sample = (rows: number, shift: number) => draws(rows, () => normal(draw) + shift);
    const large = drift(decimal, sample(100_000, 0), sample(100_000, 0.05));
    assert(large.isDrifted && large.psi !== null && large.psi < 0.01, `${large.psi}`);
    const small = drift(decimal, sample(60, 0), sample(60, 0));
    assert(!small.isDrifted && small.psi !== null && small.psi > 0.1, `${small.psi}`);
  });

  test('categories are the same by their texts, in whichever order they are declared, and have no KS', () => {
    const before = distributionsOf(profiled({ type: 'category', values: ['a', 'b'] }, [0, 0, 0, 1, 1, 1, 0, 0, 0, 0]));
    const after = distributionsOf(profiled({ type: 'category', values: ['b', 'a'] }, [1, 1, 1, 0, 0, 0, 1, 1, 1, 1]));
    const [x] = driftOf(before, after);
    assert.partialDeepStrictEqual(x, { psi: 0, ks: null, ksByChance: null });
  });
});

describe('what cannot be compared is said, not smoothed over', () => {
  const of = (feature: Feature, cells: Cells) => distributionsOf(profiled(feature, cells));
  const nothing = { psi: null, psiByChance: null, ks: null, ksByChance: null, isDrifted: false };
  const renamed = ({ columns, score }: ReturnType<typeof of>) => ({
    columns: new Map([...columns].map(([name, column]) => [name === 'x' ? 'z' : name, column])),
    score,
  });

  test('a column that only one has', () => {
    const some = of(decimal, [1, 2, 3]);
    const found = driftOf(some, renamed(some));
    assert.deepEqual(
      found.map(({ name, note }) => [name, note]),
      [
        ['z', 'the reference has no such column'],
        ['y', 'too few rows or values to tell apart'],
        ['x', 'only the reference has it'],
      ],
    );
    assert.partialDeepStrictEqual(found[0], nothing);
    assert.partialDeepStrictEqual(found[2], { ...nothing, nullShares: { reference: 0, current: null } });
  });

  test('no rows, other bins, all NULL, one value', () => {
    assert.partialDeepStrictEqual(drift(decimal, [], [1]), { ...nothing, note: 'there are no rows' });
    const [other] = driftOf(of(term, [1, 2]), of(decimal, [1, 2]));
    assert.partialDeepStrictEqual(other, { ...nothing, note: 'the reference declares it otherwise' });
    const nulls = Array(50).fill(null);
    assert.partialDeepStrictEqual(drift(decimal, nulls, nulls), { psi: 0, psiByChance: 0, ks: null, note: 'all NULL' });
    const gone = drift(decimal, draws(50, evenly(4)), nulls);
    assert.partialDeepStrictEqual(gone, { ks: null, isDrifted: true, note: 'all NULL in one of them' });
    const same = drift(decimal, Array(50).fill(3), Array(40).fill(3));
    assert.partialDeepStrictEqual(same, { psi: 0, psiByChance: 0, ks: 0, isDrifted: false });
    assert.equal(same.note, 'too few rows or values to tell apart');
  });
});

test('the score is that of the model cards; where one of them has none, nothing is said of it', () => {
  const hundred = (at: number, count: number) => Array.from({ length: 100 }, (_, i) => (i === at ? count : 0));
  const card = (at: number) => ({
    score_distribution: { repaid: hundred(at, 60), defaulted: hundred(90, 40) },
    more: 1,
  });
  const of = (given?: unknown) => distributionsOf(profiled(decimal, [1, 2]), given);
  const score = driftOf(of(card(10)), of(card(11))).at(-1);
  assert.partialDeepStrictEqual(score, { name: 'score', part: 'score', ks: 0.6, isDrifted: true });
  for (const other of [undefined, {}, { score_distribution: { repaid: [1], defaulted: [2] } }])
    assert.equal(driftOf(of(card(10)), of(other)).at(-1)?.part, 'label');
});

test("KS is scipy's of the values themselves where a bin is a value, and of the binned values elsewhere", {
  skip,
}, () => {
  assert(python);
  const script = `
import json, sys
from scipy.stats import ks_2samp
print(json.dumps([ks_2samp(*pair, method="asymp").statistic for pair in json.load(sys.stdin)]))`;
  const draw = evenly(5);
  const whole = [
    draws(700, () => Math.floor(draw() * 60)),
    draws(300, () => Math.floor(draw() * draw() * 60)),
  ] as const;
  const real = [draws(700, () => normal(draw)), draws(300, () => 1.2 * normal(draw))] as const;
  const binned = real.map((values) => values.map((value) => Number(profiled(decimal, [value]).columns.x?.edges[0])));
  const theirs = askPython(python, script, [whole, binned, real]);
  assert(Array.isArray(theirs));
  near(drift(term, ...whole).ks, theirs[0]);
  near(drift(decimal, ...real).ks, theirs[1]);
  near(drift(decimal, ...real).ks, theirs[2], 0.02);
});

test('PSI is the sum that numpy gives for the same groups', { skip }, () => {
  assert(python);
  const script = `
import json, sys, numpy
reference, current = (numpy.bincount(cells, minlength=5) for cells in json.load(sys.stdin))
p, q = ((counts + 0.5) / (counts.sum() + 0.5 * len(counts)) for counts in (reference, current))
print(json.dumps(((p - q) * numpy.log(p / q)).sum()))`;
  const draw = evenly(6);
  const pair = [draws(400, () => Math.floor(draw() * 5)), draws(900, () => Math.floor(draw() * draw() * 5))] as const;
  const theirs = askPython(python, script, pair);
  // each of the five values is a group: it has a tenth of the rows, or is no rare category
  near(drift(term, ...pair).psi, Number(theirs));
  near(drift(categories(5), ...pair).psi, Number(theirs));
});

const shapes: readonly (readonly [string, Feature, (draw: () => number) => number | null])[] = [
  ['a normal column', decimal, normal],
  ['one that is mostly 0', decimal, (draw) => (draw() < 0.7 ? 0 : Math.exp(normal(draw)))],
  ['one with NULLs', decimal, (draw) => (draw() < 0.02 ? null : normal(draw))],
  ['five terms', term, (draw) => 12 * Math.floor(draw() * 5)],
  [
    'thirty categories, most of them rare',
    categories(30),
    (draw) => Math.min(29, Math.floor(-4 * Math.log(1 - draw()))),
  ],
];

describe('of 1,000 pairs of samples of one distribution at most 2 in 100 are above chance', () => {
  for (const [name, feature, shape] of shapes) {
    for (const [n, m] of [
      [200, 200],
      [120, 600],
    ] as const) {
      test(`${name}, ${n} and ${m} rows`, () => {
        const draw = evenly(n + m);
        const found = Array.from({ length: 1_000 }, () =>
          drift(
            feature,
            draws(n, () => shape(draw)),
            draws(m, () => shape(draw)),
          ),
        );
        const drifted = found.filter(({ isDrifted }) => isDrifted).length;
        const byKs = found.filter(({ ks, ksByChance }) => ks !== null && ksByChance !== null && ks > ksByChance).length;
        assert(drifted <= 20 && byKs <= 20, `PSI ${drifted}, KS ${byKs}`);
      });
    }
  }
});
