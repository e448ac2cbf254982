import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WholeLines } from '../../../tasks/loans/whole-lines.ts';

const cases: [chunks: string[], runs: string[], rest: string][] = [
  [[], [], ''],
  [['a\nb\n'], ['a\nb\n'], ''],
  [['a\nb'], ['a\n'], 'b'],
  [['a', 'b\nc\nd', 'e'], ['ab\n', 'c\n'], 'de'],
  [['a\nb', '\n'], ['a\n', 'b\n'], ''],
  [['a\nb', '\nc\n'], ['a\n', 'b\n', 'c\n'], ''],
  [['', 'a', '', '\n', ''], ['a\n'], ''],
  [['\n\n'], ['\n\n'], ''],
];

for (const [chunks, runs, rest] of cases) {
  test(`${JSON.stringify(chunks)} comes as ${JSON.stringify(runs)}, with ${JSON.stringify(rest)} to come`, () => {
    const lines = new WholeLines();
    assert.deepEqual(
      chunks.flatMap((chunk) => [...lines.of(Buffer.from(chunk))].map(String)),
      runs,
    );
    assert.equal(String(lines.rest), rest);
  });
}

test('lines within a chunk are not copied', () => {
  const chunk = Buffer.from('a\nb\n');
  const [run] = new WholeLines().of(chunk);
  assert.equal(run?.buffer, chunk.buffer);
});
