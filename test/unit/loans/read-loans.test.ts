import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { ofCreditDefault } from '../../../tasks/dataset/dataset.ts';
import { MalformedCsv } from '../../../tasks/loans/malformed-csv.ts';
import { type Loans, readLoanBlocks, readLoans, roomFor } from '../../../tasks/loans/read-loans.ts';
import { headerLine } from '../../support/article-columns.ts';

const row = '15000.00,52000.50,640,41,36,1\n';

function read(...chunks: (string | Uint8Array)[]): Promise<Loans> {
  return readLoans(ofCreditDefault, Readable.from(chunks.map((chunk) => Buffer.from(chunk))));
}

function readAmounts(texts: readonly string[]): Promise<Loans> {
  return read(headerLine, ...texts.map((text) => `${text},1,2,3,4,0\n`));
}

test('columns come back in file order, labels apart', async () => {
  const loans = await read(headerLine, row, '900.10,-3.20,512,20,6,0\n');
  assert.deepEqual(loans, {
    columns: ofCreditDefault.columns,
    rows: 2,
    features: [
      [15000, 900.1],
      [52000.5, -3.2],
      [640, 512],
      [41, 20],
      [36, 6],
    ].map((values) => Float64Array.from(values)),
    isInteger: [false, false, true, true, true],
    labels: Uint8Array.of(1, 0),
  });
});

test('one text with a point or an exponent makes its column a float column', async () => {
  for (const text of ['7.', '7.0', '7e0', '7E+0']) {
    const loans = await readAmounts(['5', text, '6']);
    assert.deepEqual(loans.isInteger, [false, true, true, true, true], text);
  }
  assert.equal((await readAmounts(['5', '+5', '-5', '007'])).isInteger[0], true);
});

test('columns grow block by block and end at the number of rows', async () => {
  const amounts = Array.from({ length: 40_001 }, (_, i) => i * 3);
  const loans = await readAmounts(amounts.map(String));
  assert.equal(loans.rows, amounts.length);
  assert.deepEqual(loans.features[0], Float64Array.from(amounts));
  assert.equal(loans.labels.length, amounts.length);
});

test('blocks may lie in the same arrays, and only the last says so', async () => {
  for (const [rows, sizes] of [
    [1, [1]],
    [3, [3]],
    [4, [3, 1]],
    [6, [3, 3]],
  ] as const) {
    const room = roomFor(ofCreditDefault, 3);
    const amounts = Array.from({ length: rows }, (_, i) => i + 0.5 * (i % 2));
    const lines = amounts.map((amount) => `${amount},1,2,3,4,${(amount % 2) & 1}\n`);
    const chunks = Readable.from([Buffer.from(headerLine + lines.join(''))]);
    const found = [];
    for await (const { features, labels, isInteger, isLast } of readLoanBlocks(ofCreditDefault, chunks, () => room)) {
      assert.equal(labels.buffer, room.labels.buffer);
      found.push({ amounts: [...(features[0] ?? [])], labels: [...labels], isInteger: isInteger[0], isLast });
    }
    assert.deepEqual(
      found.map(({ labels }) => labels.length),
      sizes,
    );
    assert.deepEqual(
      found.flatMap((block) => block.amounts),
      amounts,
    );
    assert.deepEqual(
      found.flatMap((block) => block.labels),
      amounts.map((amount) => (amount % 2) & 1),
    );
    assert.deepEqual(
      found.map((block) => block.isLast),
      sizes.map((_, i) => i === sizes.length - 1),
    );
    assert.equal(found.at(-1)?.isInteger, rows === 1);
  }
});

test('the same bytes cut anywhere give the same columns', async () => {
  const decimal = fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number.toExponential());
  const cell = fc.oneof(fc.integer().map(String), decimal);
  const line = fc.tuple(cell, cell, cell, cell, cell, fc.constantFrom('0', '1')).map((cells) => `${cells.join(',')}\n`);
  const file = fc.array(line, { minLength: 1, maxLength: 20 }).map((lines) => headerLine + lines.join(''));
  await fc.assert(
    fc.asyncProperty(file, fc.infiniteStream(fc.integer({ min: 1, max: 90 })), async (text, sizes) => {
      assert.deepEqual(await read(...cut(text, sizes)), await read(text));
    }),
  );
});

test('chunks of one byte, and empty ones, give the same columns', async () => {
  const text = headerLine + row.repeat(3);
  assert.deepEqual(await read('', ...text, ''), await read(text));
});

test('up to 15 significant digits are read as JavaScript reads them', async () => {
  const decimal = fc
    .tuple(fc.bigInt({ min: 0n, max: 999_999_999_999_999n }), fc.nat(15), fc.boolean())
    .map(
      ([digits, places, isNegative]) =>
        `${isNegative ? '-' : ''}${withPoint(`${digits}`.padStart(places + 1, '0'), places)}`,
    );
  await fc.assert(
    fc.asyncProperty(fc.array(decimal, { minLength: 1 }), async (texts) => {
      const loans = await readAmounts(texts);
      assert.deepEqual(loans.features[0], Float64Array.from(texts, Number));
    }),
  );
});

test('longer texts are read by the rule of pandas, not correctly rounded', async () => {
  const pandas: [string, number][] = [
    ['0.1234567890123456789', 0.1234567890123456],
    ['9007199254740993.0', 9007199254740992],
    ['00000000000000000001.5', 0],
    ['12345678901234567890.5', 12345678901234567000],
    ['123456789e-330', 1.24e-322],
    ['1e-700', 0],
  ];
  const loans = await readAmounts(pandas.map(([text]) => text));
  assert.deepEqual(
    loans.features[0],
    Float64Array.from(pandas, ([, value]) => value),
  );
});

const malformed: [fault: string, text: string, message: RegExp][] = [
  ['an empty file', '', /^line 1 of the loans CSV: expected the header, found an empty file$/],
  [
    'a header with other names',
    `id,${headerLine}${row}`,
    /^line 1 .*expected the header "loan_amount,.*found "id,loan_amount,/,
  ],
  ['a header with a carriage return', headerLine.replace('\n', '\r\n'), /^line 1 .*default_status\\r"$/],
  ['a header without its line end', headerLine.trimEnd(), /^line 1 .*expected a line ending in \\n/],
  ['no rows', headerLine, /^line 2 .*expected at least one row, found the end of the file$/],
  ['a cut last line', headerLine + row + row.trimEnd(), /^line 3 .*cut off$/],
  ['a cell too few', `${headerLine}${row}1,2,3,4,1\n`, /^line 3 .*expected 6 columns, found 5$/],
  ['a cell too many', `${headerLine}1,2,3,4,5,1,7\n`, /^line 2 .*expected 6 columns, found 7$/],
  ['an empty line', `${headerLine}${row}\n${row}`, /^line 3 .*expected 6 columns, found 1$/],
  [
    'an empty cell',
    `${headerLine}1,,3,4,5,1\n`,
    /^line 2 .*expected a finite number in column income, found an empty cell$/,
  ],
  ['NaN', `${headerLine}NaN,2,3,4,5,1\n`, /^line 2 .*in column loan_amount, found "NaN"$/],
  ['words', `${headerLine}1,2,good,4,5,1\n`, /^line 2 .*in column credit_score, found "good"$/],
  ['a number with more behind it', `${headerLine}1,2,3,4x,5,1\n`, /^line 2 .*in column age, found "4x"$/],
  ['a lone sign', `${headerLine}-,2,3,4,5,1\n`, /^line 2 .*in column loan_amount, found "-"$/],
  ['a lone point', `${headerLine}.,2,3,4,5,1\n`, /^line 2 .*in column loan_amount, found "."$/],
  ['an exponent without digits', `${headerLine}1,2e+,3,4,5,1\n`, /^line 2 .*in column income, found "2e\+"$/],
  ['a number too large for a double', `${headerLine}1,2e309,3,4,5,1\n`, /^line 2 .*in column income, found "2e309"$/],
  ['infinity', `${headerLine}1,2,3,4,inf,1\n`, /^line 2 .*in column loan_term, found "inf"$/],
  ['spaces', `${headerLine}1, 2,3,4,5,1\n`, /^line 2 .*in column income, found " 2"$/],
  [
    'a whole number no double can hold',
    `${headerLine}9007199254740993,2,3,4,5,1\n`,
    /^line 2 .*expected a whole number of at most 15 digits in column loan_amount, found "9007199254740993"$/,
  ],
  [
    'a label that is no class',
    `${headerLine}1,2,3,4,5,2\n`,
    /^line 2 .*expected 0 or 1 in column default_status, found "2"$/,
  ],
  ['a label with a point', `${headerLine}1,2,3,4,5,1.0\n`, /^line 2 .*expected 0 or 1 .*found "1.0"$/],
  ['a missing label', `${headerLine}1,2,3,4,5,\n`, /^line 2 .*expected 0 or 1 .*found an empty cell$/],
  [
    'a carriage return',
    `${headerLine}${row.trimEnd()}\r\n`,
    /^line 2 .*expected a line ending in \\n alone, found \\r\\n$/,
  ],
  ['quotes', `${headerLine}1,2,"3",4,5,1\n`, /^line 2 .*expected cells without quotes/],
  ['a line without end', `${headerLine}${'1'.repeat(70_000)}`, /^line 2 .*expected at most 65536 bytes, found more$/],
];

for (const [fault, text, message] of malformed) {
  test(`${fault} is refused, whole or byte by byte`, async () => {
    await assert.rejects(read(text), isMalformed(message));
    await assert.rejects(read(...text), isMalformed(message));
  });
}

function isMalformed(message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof MalformedCsv);
    assert.match(error.message, message);
    return true;
  };
}

function* cut(text: string, sizes: Iterator<number>): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const size = sizes.next().value;
    yield text.slice(at, at + size);
    at += size;
  }
}

function withPoint(digits: string, places: number): string {
  const whole = digits.length - places;
  return `${digits.slice(0, whole)}.${digits.slice(whole)}`;
}
