import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { stratifiedSplit } from '../../tasks/forest/stratified-split.ts';
import { readLoans } from '../../tasks/loans/read-loans.ts';
import { writeLoans } from '../../tasks/loans/write-loans.ts';

const goldenDirectory = process.env.GOLDEN_DIR ?? import.meta.dirname;
const testSize = 0.2;

const sets = readdirSync(goldenDirectory, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

test('there are golden sets to compare with', () => assert.ok(sets.length > 0, goldenDirectory));

for (const name of sets) {
  const set = join(goldenDirectory, name);

  test(`${name}: the split and the test CSV are those of scikit-learn and pandas`, async () => {
    const loans = await readLoans(Readable.from([bytesOf(set, 'loans.csv')]));
    const { seed } = JSON.parse(readFileSync(join(set, 'params.json'), 'utf8'));
    const split = stratifiedSplit(loans.labels, testSize, seed);
    if (existsSync(join(set, 'split.json'))) {
      const golden = JSON.parse(readFileSync(join(set, 'split.json'), 'utf8'));
      assert.deepEqual({ train: [...split.train], test: [...split.test] }, golden);
    }
    const written = Buffer.concat([...writeLoans(loans, split.test)]);
    assertSameBytes(written, bytesOf(set, 'test.csv'));
  });

  test(`${name}: the test CSV read and written again is itself`, async () => {
    const bytes = bytesOf(set, 'test.csv');
    const loans = await readLoans(Readable.from([bytes]));
    assertSameBytes(Buffer.concat([...writeLoans(loans, Uint32Array.from(loans.labels.keys()))]), bytes);
  });
}

function bytesOf(set: string, name: string): Buffer {
  const path = join(set, name);
  return existsSync(path) ? readFileSync(path) : gunzipSync(readFileSync(`${path}.gz`));
}

// the first differing line says more than two buffers
function assertSameBytes(found: Buffer, expected: Buffer): void {
  if (found.equals(expected)) return;
  const [foundLines, expectedLines] = [found.toString().split('\n'), expected.toString().split('\n')];
  const line = expectedLines.findIndex((text, i) => text !== foundLines[i]);
  assert.deepEqual({ line: line + 1, text: foundLines[line] }, { line: line + 1, text: expectedLines[line] });
  assert.fail('the bytes go on after the last expected line');
}
