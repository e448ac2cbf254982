import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ofCreditDefault } from '../../../tasks/dataset/dataset.ts';
import { columnsOf } from '../../../tasks/dataset/dataset-column.ts';
import { binsOf } from '../../../tasks/profile/bins.ts';
import { Histogram } from '../../../tasks/profile/histogram.ts';
import { encodeProfile, profileSchema } from '../../../tasks/profile/profile.ts';
import { askPython } from '../../support/ask-python.ts';
import { evenly, normal, profiled } from '../../support/profiled.ts';
import { findPython, pythonMissing } from '../../support/python.ts';

const python = findPython();
const skip = !python && pythonMissing;
const largest = 3.4028234663852886e38;

function columnOf(...given: Parameters<typeof profiled>) {
  const { columns } = profiled(...given);
  assert(columns.x);
  return columns.x;
}

test('says rows, classes and, of each column, NULLs, extremes, mean, quantiles and what its bins hold', () => {
  const profile = profiled({ type: 'integer', min: 0, max: 99 }, [7, null, 3, 3, 9, null]);
  assert.deepEqual(
    { ...profile, columns: Object.keys(profile.columns) },
    {
      version: 1,
      rows: 6,
      classes: { 0: 4, 1: 2 },
      columns: ['x', 'y'],
    },
  );
  assert.partialDeepStrictEqual(profile.columns, {
    x: { type: 'integer', nulls: 2, min: 3, max: 9, mean: 5.5, bins: 'value', edges: [3, 7, 9], counts: [2, 1, 1] },
    y: { type: 'label', nulls: 0, edges: [0, 1], counts: [4, 2] },
  });
  assert.partialDeepStrictEqual(profile.columns.x?.quantiles, { p5: 3, p25: 3, p50: 5, p75: 7.5 });
  assert.deepEqual(profileSchema.parse(JSON.parse(Buffer.from(encodeProfile(profile)).toString())), profile);
});

test('has no extremes and quantiles where every value is NULL', () => {
  assert.partialDeepStrictEqual(columnOf({ type: 'decimal' }, [null, null]), {
    nulls: 2,
    min: null,
    mean: null,
    quantiles: null,
    edges: [],
    counts: [],
  });
});

test('names categories by their texts, and leaves out those that do not occur', () => {
  const { edges, counts } = columnOf({ type: 'category', values: ['rent', 'own', 'other'] }, [2, 0, 2]);
  assert.deepEqual(
    [edges, counts],
    [
      ['rent', 'other'],
      [1, 2],
    ],
  );
});

test('counts times by day, and those before 1900 or after 2100 with the first or last', () => {
  const at = (text: string) => Date.parse(text) / 1000;
  const cells = ['1970-01-01T23:59:59Z', '1970-01-02T00:00:00Z', '1969-12-31T23:59:59Z', '9999-12-31', '1492-10-12'];
  const { edges, counts, max } = columnOf({ type: 'timestamp' }, cells.map(at));
  const days = ['1900-01-01', '1969-12-31', '1970-01-01', '1970-01-02', '2100-01-01'];
  assert.deepEqual([edges, counts, max], [days.map(at), [1, 1, 1, 1, 1], at('9999-12-31')]);
});

test('bins follow from the declaration alone: a bin a value up to 1,000 whole numbers, else 64 between powers of two', () => {
  const kindOf = (feature: Parameters<typeof profiled>[0]) => columnOf(feature, [5, 5]).bins;
  assert.equal(kindOf({ type: 'integer', min: 1, max: 1000 }), 'value');
  assert.equal(kindOf({ type: 'integer', min: 0, max: 1000 }), 'log-linear');
  assert.equal(kindOf({ type: 'integer', min: 0 }), 'log-linear');
  assert.equal(kindOf({ type: 'decimal', min: 0, max: 10 }), 'log-linear');
  const { edges, counts } = columnOf({ type: 'decimal' }, [0, 1, 1.015, 1.0157, -1, -1.015, 1e-30, -1e-30]);
  const step = 1 + 1 / 64;
  assert.deepEqual(
    [edges, counts],
    [
      [-step, -(2 ** -64), 0, 1, step],
      [2, 1, 2, 2, 1],
    ],
  );
});

test('a value lies in the bin that counts it, which is no wider than 1/64 of it', () => {
  const [column] = columnsOf({ ...ofCreditDefault.spec, features: { x: { type: 'decimal' } } });
  assert(column);
  const double = fc.double({ min: -largest, max: largest, noNaN: true }).filter((value) => Math.abs(value) >= 2 ** -64);
  fc.assert(
    fc.property(double, (value) => {
      const histogram = new Histogram(binsOf(column));
      histogram.add(value);
      const [bin] = histogram.filled;
      assert(bin && bin.lower <= value && value <= bin.lower + bin.width && bin.width <= Math.abs(value) / 64);
    }),
  );
});

const shapes: readonly (readonly [string, (draw: () => number) => number])[] = [
  ['even', (draw) => draw()],
  ['normal', normal],
  ['lognormal', (draw) => Math.exp(10 + normal(draw))],
  ['mostly zero', (draw) => (draw() < 0.8 ? 0 : -draw())],
];

test("quantiles are numpy's, to 1/64 of the value, and exactly where a bin is a value", { skip }, () => {
  assert(python);
  const script = `
import json, sys, numpy
shares = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]
print(json.dumps([numpy.quantile(values, shares).tolist() for values in json.load(sys.stdin)]))`;
  const draw = evenly(1);
  const samples = shapes.map(([, shape]) => Array.from({ length: 999 }, () => shape(draw)));
  const whole = Array.from({ length: 999 }, () => Math.floor(draw() * draw() * 600));
  const theirs = askPython(python, script, [...samples, whole]);
  assert(Array.isArray(theirs));
  const ours = [
    ...samples.map((values) => columnOf({ type: 'decimal' }, values)),
    columnOf({ type: 'integer', min: 0, max: 600 }, whole),
  ].map(({ quantiles }) => Object.values(quantiles ?? {}));
  for (const [s, values] of ours.entries()) {
    for (const [q, value] of values.entries()) {
      const tolerance = s < samples.length ? Math.abs(theirs[s][q]) / 64 : 1e-12;
      assert(Math.abs(value - theirs[s][q]) <= tolerance, `${shapes[s]?.[0]} ${q}: ${value}, numpy ${theirs[s][q]}`);
    }
  }
});

test('many columns stay small: memory and bytes are bounded by the bins, not by the rows', () => {
  const draw = evenly(2);
  const cells = Array.from({ length: 50_000 }, () => Math.exp(10 + normal(draw)));
  const { edges } = columnOf({ type: 'decimal' }, cells);
  assert(edges.length < 64 * 13, `${edges.length} bins for ${cells.length} values`);
});
