import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { float32Below } from '../../../tasks/forest/float32-below.ts';

const smallest = 2 ** -149;
const cases: [x: number, below: number][] = [
  [1, 1 - 2 ** -24],
  [-1, -1 - 2 ** -23],
  [1 + 2 ** -40, 1],
  [1 - 2 ** -40, 1 - 2 ** -24],
  [0, -smallest],
  [-0, -smallest],
  [smallest, 0],
  [smallest / 4, 0],
  [-smallest / 4, -smallest],
  [1e39, (2 - 2 ** -23) * 2 ** 127],
];

for (const [x, below] of cases) {
  test(`the float32 below ${x} is ${below}`, () => {
    assert.equal(float32Below(x), below);
  });
}

const doubleAndFloat = fc
  .tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.float({ noNaN: true, noDefaultInfinity: true }))
  .chain(([x, value]) =>
    fc.constantFrom([x, value], [value, value], [value * (1 + 2 ** -50), value], [x, Math.fround(x)]),
  );

test('the float32 below keeps every comparison with a float32 value', () => {
  fc.assert(
    fc.property(doubleAndFloat, ([x = 0, value = 0]) => {
      assert.equal(value <= float32Below(x), value < x);
    }),
  );
});
