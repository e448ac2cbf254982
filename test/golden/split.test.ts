import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { ofCreditDefault } from '../../tasks/dataset/dataset.ts';
import { stratifiedSplit } from '../../tasks/forest/train-test-split.ts';
import { readLoans } from '../../tasks/loans/read-loans.ts';
import { writeLoans } from '../../tasks/loans/write-loans.ts';
import { findByteDifference } from '../support/byte-difference.ts';
import { findEntryDifference } from '../support/entry-difference.ts';
import { goldenDirectory, goldenSets, testSize } from './golden-sets.ts';

test('there are golden sets to compare with', () => assert.ok(goldenSets.length > 0, goldenDirectory));

for (const set of goldenSets) {
  test(`${set.name}: the split and the test CSV are those of scikit-learn and pandas`, async () => {
    const loans = await set.readLoans();
    const split = stratifiedSplit(loans.labels, testSize, set.params.seed);
    if (set.has('split.json')) {
      const { train, test } = set.readJson('split.json');
      assert.equal(findEntryDifference('train row', split.train, Uint32Array.from(train)), undefined);
      assert.equal(findEntryDifference('test row', split.test, Uint32Array.from(test)), undefined);
    }
    const written = Buffer.concat([...writeLoans(loans, split.test)]);
    assert.equal(findByteDifference(written, set.bytesOf('test.csv')), undefined);
  });

  test(`${set.name}: the test CSV read and written again is itself`, async () => {
    const bytes = set.bytesOf('test.csv');
    const loans = await readLoans(ofCreditDefault, Readable.from([bytes]));
    const written = Buffer.concat([...writeLoans(loans, Uint32Array.from(loans.labels.keys()))]);
    assert.equal(findByteDifference(written, bytes), undefined);
  });
}
