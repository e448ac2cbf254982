import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { ofCreditDefault } from '../../../tasks/dataset/dataset.ts';
import { readLoans } from '../../../tasks/loans/read-loans.ts';
import { writeLoans } from '../../../tasks/loans/write-loans.ts';
import { headerLine } from '../../support/article-columns.ts';

async function rewrite(lines: readonly string[], rows: Iterable<number> = lines.keys()): Promise<string> {
  const loans = await readLoans(ofCreditDefault, Readable.from([Buffer.from(`${headerLine}${lines.join('\n')}\n`)]));
  return Buffer.concat([...writeLoans(loans, Uint32Array.from(rows))]).toString();
}

/** The loan amounts as written, after reading them from these texts. */
async function rewriteAmounts(texts: readonly string[]): Promise<string[]> {
  const written = await rewrite(texts.map((text) => `${text},1,2,3,4,0`));
  return written.match(/^[^,\n]+(?=,1,2,3,4,0$)/gm) ?? [];
}

test('the chosen rows are written in the order given, features then label', async () => {
  const lines = ['10,1.50,600,30,12,0', '20,2.25,700,40,24,1', '30,3,800,50,36,0'];
  assert.equal(
    await rewrite(lines, [2, 0, 2]),
    `${headerLine}30,3.0,800,50,36,0\n10,1.5,600,30,12,0\n30,3.0,800,50,36,0\n`,
  );
});

test('no rows leave the header alone', async () => {
  assert.equal(await rewrite(['1,2,3,4,5,0'], []), headerLine);
});

test('every float text is written as pandas writes it', async () => {
  const pairs: [string, string][] = JSON.parse(
    await readFile(new URL('../../golden/csv-floats.json', import.meta.url), 'utf8'),
  );
  assert.deepEqual(
    await rewriteAmounts(pairs.map(([read]) => read)),
    pairs.map(([, written]) => written),
  );
});

test('the edges of the plain form are where Python has them', async () => {
  const pairs = [
    ['0.0001', '0.0001'],
    ['0.00009999', '9.999e-05'],
    ['9999999999999998.0', '9999999999999998.0'],
    ['1e16', '1e+16'],
    ['-1.5e-7', '-1.5e-07'],
    ['1e-100', '1e-100'],
    ['-0.0', '-0.0'],
    ['0.00', '0.0'],
    ['2147483647.99', '2147483647.99'],
    ['2147483648.25', '2147483648.25'],
    ['1.005', '1.005'],
    ['0.999', '0.999'],
    ['12', '12.0'],
  ] as const;
  assert.deepEqual(
    await rewriteAmounts(pairs.map(([read]) => read)),
    pairs.map(([, written]) => written),
  );
});

test('money keeps its digits and loses its trailing zeros', async () => {
  const cents = fc.integer({ min: -30_000_000_000, max: 300_000_000_000 }).map((amount) => (amount / 100).toFixed(2));
  await fc.assert(
    fc.asyncProperty(fc.array(cents, { minLength: 1 }), async (texts) => {
      assert.deepEqual(
        await rewriteAmounts(texts),
        texts.map((text) => text.replace(/0$/, '')).map((text) => text.replace(/\.$/, '.0')),
      );
    }),
  );
});

test('a column of whole numbers stays whole', async () => {
  const whole = fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 }).map(String);
  await fc.assert(
    fc.asyncProperty(fc.array(whole, { minLength: 1 }), async (texts) => {
      assert.deepEqual(await rewriteAmounts(texts), texts);
    }),
  );
});

test('chunks are bounded, follow each other without a seam, and stay the caller’s', async () => {
  const lines = Array.from({ length: 10_000 }, (_, i) => `${i},${i}.25,600,30,12,${i % 2}`);
  const loans = await readLoans(ofCreditDefault, Readable.from([Buffer.from(`${headerLine}${lines.join('\n')}\n`)]));
  const chunks = [...writeLoans(loans, Uint32Array.from(lines.keys()))];
  assert.ok(chunks.length > 3);
  assert.ok(chunks.every((chunk) => chunk.buffer.byteLength <= 262_144));
  assert.equal(Buffer.concat(chunks).toString(), `${headerLine}${lines.join('\n')}\n`);
});
