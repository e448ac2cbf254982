import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  doublesField,
  floatField,
  intField,
  intsField,
  messageField,
  readDoubles,
  readField,
  readFields,
  readInts,
  readText,
  textField,
} from '../../../tasks/model/protobuf.ts';

test('fields are written as the specification shows them', () => {
  assert.deepEqual([...intField(1, 150)], [0x08, 0x96, 0x01]);
  assert.deepEqual([...textField(2, 'testing')], [0x12, 0x07, ...Buffer.from('testing')]);
  assert.deepEqual([...intsField(6, [3, 270, 86942])], [0x32, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05]);
  assert.deepEqual([...floatField(20, 1)], [0xa5, 0x01, 0x00, 0x00, 0x80, 0x3f]);
  assert.deepEqual([...doublesField(2, Float64Array.of(1))], [0x12, 0x08, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
  assert.deepEqual([...messageField(3, [intField(1, 1), intField(2, 2)])], [0x1a, 0x04, 0x08, 0x01, 0x10, 0x02]);
});

test('numbers and texts are read as they were written', () => {
  const ints = fc.array(fc.oneof(fc.nat(300), fc.nat(0xffffffff)));
  const doubles = fc.float64Array({ noNaN: true });
  fc.assert(
    fc.property(ints, doubles, fc.string({ unit: 'grapheme' }), (ints, doubles, text) => {
      const message = Buffer.concat([intField(1, 7), textField(2, text), intsField(3, ints), doublesField(4, doubles)]);
      assert.equal(readText(message, 2), text);
      assert.deepEqual([...readInts(message, 3)], ints);
      assert.deepEqual(readDoubles(message, 4), doubles);
    }),
  );
});

test('a field that repeats is read each time, and other wire types are passed over', () => {
  const fixed32 = [0x0d, 0x12, 1, 1, 0x41];
  const fixed64 = [0x09, 0x12, 1, 0x41, 0, 0, 0, 0, 0];
  const message = Buffer.concat([
    Buffer.from([...fixed32, ...fixed64]),
    textField(2, 'a'),
    textField(3, 'b'),
    textField(2, 'c'),
  ]);
  const contents = Array.from(readFields(message, 2), (content) => Buffer.from(content).toString());
  assert.deepEqual(contents, ['a', 'c']);
});

test('an absent field is empty', () => {
  assert.equal(readField(intField(1, 1), 2).length, 0);
  assert.equal(readInts(new Uint8Array(), 1).length, 0);
});

test('any bytes at all can be read', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 3 }), (bytes, field) => {
      for (const content of readFields(bytes, field)) readInts(content, 1);
      readDoubles(bytes, field);
      readInts(bytes, field);
    }),
  );
});
