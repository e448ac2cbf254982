import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare } from './compare.ts';
import { tableOf } from './write-table.ts';

const turns: string[] = [];

function contender(name: string, seconds: readonly number[]) {
  const rounds = seconds.values();
  return {
    name,
    async measure() {
      turns.push(name);
      return { seconds: rounds.next().value ?? Number.NaN, peakMegabytes: 100 };
    },
  };
}

test('contenders take turns, and are compared by the medians of rounds and of their ratios in a round', async () => {
  const lines = await compare(1_000, 3, [contender('a', [1, 10, 2]), contender('b', [4, 20, 8])]);
  assert.deepEqual(turns, ['a', 'b', 'a', 'b', 'a', 'b']);
  assert.deepEqual(tableOf('fit', lines).split('\n'), [
    '|  rows | fit | seconds | fastest to slowest | times ours | peak MB |',
    '| ----: | --- | ------: | -----------------: | ---------: | ------: |',
    '| 1,000 | a   |    2.00 |      1.00 to 10.00 |       1.00 |     100 |',
    '| 1,000 | b   |    8.00 |      4.00 to 20.00 |       4.00 |     100 |',
  ]);
});
