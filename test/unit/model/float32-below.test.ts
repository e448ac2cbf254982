import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { float32AtMost, float32Below } from '../../../tasks/model/float32-below.ts';

const smallest = 2 ** -149;
const cases: [x: number, atMost: number, below: number][] = [
  [1, 1, 1 - 2 ** -24],
  [-1, -1, -1 - 2 ** -23],
  [1 + 2 ** -40, 1, 1],
  [1 - 2 ** -40, 1 - 2 ** -24, 1 - 2 ** -24],
  [0, 0, -smallest],
  [-0, -0, -smallest],
  [smallest, smallest, 0],
  [smallest / 4, 0, 0],
  [-smallest / 4, -smallest, -smallest],
  [1e39, (2 - 2 ** -23) * 2 ** 127, (2 - 2 ** -23) * 2 ** 127],
];

for (const [x, atMost, below] of cases) {
  test(`${x} is rounded down to ${atMost}, and to ${below} below it`, () => {
    assert.equal(float32AtMost(x), atMost);
    assert.equal(float32Below(x), below);
  });
}

const doubleAndFloat = fc
  .tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.float({ noNaN: true, noDefaultInfinity: true }))
  .chain(([x, value]) =>
    fc.constantFrom([x, value], [value, value], [value * (1 + 2 ** -50), value], [x, Math.fround(x)]),
  );

test('rounding down keeps every comparison with a float32 value', () => {
  fc.assert(
    fc.property(doubleAndFloat, ([x = 0, value = 0]) => {
      assert.equal(value <= float32AtMost(x), value <= x);
      assert.equal(value <= float32Below(x), value < x);
    }),
  );
});
