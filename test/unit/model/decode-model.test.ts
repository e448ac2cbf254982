import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { predict } from '../../../tasks/forest/predict.ts';
import { decodeModel, MalformedModel } from '../../../tasks/model/decode-model.ts';
import { encodeModel } from '../../../tasks/model/encode-model.ts';
import { randomForest, rowsAround } from '../../support/random-forest.ts';

const forests = fc
  .tuple(
    fc.nat(0xffffffff),
    fc.record({
      features: fc.integer({ min: 1, max: 6 }),
      trees: fc.integer({ min: 1, max: 9 }),
      maxDepth: fc.nat(8),
      votes: fc.boolean(),
      gaps: fc.boolean(),
    }),
  )
  .map(([seed, shape]) => randomForest(seed, shape));

test('a forest comes back as it was', () => {
  fc.assert(
    fc.property(forests, (forest) => {
      assert.deepEqual(decodeModel(encodeModel(forest, {})).forest, forest);
    }),
    { numRuns: 50 },
  );
});

test('metadata comes back, and its order makes no difference to the bytes', () => {
  const forest = randomForest(5, { features: 2, trees: 2, maxDepth: 2 });
  const metadata = { engine: 'größer', data_sha256: '00ff', parameters: '' };
  const bytes = encodeModel(forest, metadata);
  assert.deepEqual(decodeModel(bytes).metadata, metadata);
  const { engine, ...others } = metadata;
  assert.deepEqual(encodeModel(forest, { ...others, engine }), bytes);
});

test('a leaf may weigh up to 2^24 and no more', () => {
  const leaf = randomForest(6, { features: 1, trees: 1, maxDepth: 0 });
  const ofWeight = (weight1: number) => ({ ...leaf, weight0: Uint32Array.of(1), weight1: Uint32Array.of(weight1) });
  assert.deepEqual(decodeModel(encodeModel(ofWeight(2 ** 24 - 1), {})).forest, ofWeight(2 ** 24 - 1));
  assert.throws(() => encodeModel(ofWeight(2 ** 24), {}), RangeError);
});

const model = encodeModel(randomForest(7, { features: 5, trees: 2, maxDepth: 3 }), { engine: 'any' });

test('a model cut short at any byte is refused', () => {
  for (let end = 0; end < model.length; end++) assert.throws(() => decodeModel(model.subarray(0, end)), MalformedModel);
});

const strangers: [found: string, replaced: string][] = [
  ['BRANCH_LEQ', 'BRANCH_GTE'],
  ['TreeEnsembleClassifier', 'TreeEnsembleRegression'],
  ['NONE', 'SOFT'],
  ['probabilities', 'scores_of_all'],
  ['Cast', 'Ceil'],
  ['nodes_values', 'nodes_splits'],
];

for (const [found, replaced] of strangers) {
  test(`a model that says ${replaced} instead of ${found} is refused`, () => {
    const text = Buffer.from(model).toString('latin1').replace(found, replaced);
    assert.throws(() => decodeModel(Buffer.from(text, 'latin1')), MalformedModel);
  });
}

for (const gaps of [false, true]) {
  test(`a model ${gaps ? 'with' : 'without'} missing values with any bit turned is refused or predicts probabilities`, () => {
    const bytes = encodeModel(randomForest(7, { features: 5, trees: 2, maxDepth: 3, gaps }), { engine: 'any' });
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const turned = Uint8Array.from(bytes, (byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      const [probability] = probabilitiesOf(turned) ?? [0];
      assert.ok(probability !== undefined && probability >= 0 && probability <= 1, `bit ${bit}`);
    }
  });
}

test('any other bytes are refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => assert.throws(() => decodeModel(bytes), MalformedModel)),
  );
  assert.throws(() => decodeModel(Buffer.concat([model, Buffer.of(0)])), MalformedModel);
});

test('the refusal says what was found and what to do', () => {
  assert.throws(() => decodeModel(Buffer.from('not a model')), {
    message: 'expected an ONNX model as train_model writes it, found no trees; train the model again',
  });
});

/** Of one row; undefined where the model is refused. */
function probabilitiesOf(bytes: Uint8Array): Float64Array | undefined {
  try {
    const { forest } = decodeModel(bytes);
    return predict(forest, rowsAround(forest, 1, 1), 1).probabilities;
  } catch (error) {
    assert.ok(error instanceof MalformedModel, String(error));
    return undefined;
  }
}
