import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classBalanceFrame, confusionFrame } from '../../../tasks/evaluation/frames.ts';

// first, so that danfo is not loaded yet
test('loading danfo and making frames prints nothing by itself', async (t) => {
  const prints = [t.mock.method(console, 'log'), t.mock.method(console, 'warn'), t.mock.method(console, 'error')];
  await classBalanceFrame({ repaid: 3, defaulted: 1 });
  await confusionFrame({ tp: 1, fp: 0, fn: 0, tn: 3 });
  assert.deepEqual(
    prints.map((print) => print.mock.callCount()),
    [0, 0, 0],
  );
});

test('the class balance says how many loans and what share', async () => {
  const { columns, rows } = await classBalanceFrame({ repaid: 48, defaulted: 32 });
  assert.deepEqual(columns, ['class', 'loans', 'share']);
  assert.deepEqual(rows, [
    ['repaid', 48, '60.0 %'],
    ['defaulted', 32, '40.0 %'],
  ]);
});

test('shares add up to 100.0 %', async () => {
  for (const repaid of [1225, 1, 3333, 4995, 9999, 10_000]) {
    const { rows } = await classBalanceFrame({ repaid, defaulted: 10_000 - repaid });
    const sum = rows.reduce((total, [, , share]) => total + 10 * Number.parseFloat(String(share)), 0);
    assert.equal(Math.round(sum), 1000);
  }
});

test('the confusion matrix adds up by what happened', async () => {
  const { columns, rows } = await confusionFrame({ tp: 22, fp: 3, fn: 10, tn: 45 });
  assert.deepEqual(columns, ['actual', 'predicted repaid', 'predicted default', 'total']);
  assert.deepEqual(rows, [
    ['repaid', 45, 3, 48],
    ['defaulted', 10, 22, 32],
  ]);
});

test('a class without loans is a row of zeros', async () => {
  assert.deepEqual((await classBalanceFrame({ repaid: 5, defaulted: 0 })).rows[1], ['defaulted', 0, '0.0 %']);
  assert.deepEqual((await confusionFrame({ tp: 0, fp: 1, fn: 0, tn: 4 })).rows[1], ['defaulted', 0, 0, 0]);
});

test('a frame prints as a table with every word in full', async () => {
  const frame = await confusionFrame({ tp: 22, fp: 3, fn: 10, tn: 45 });
  assert.equal(
    frame.toText(),
    `╔═══════════╤══════════════════╤═══════════════════╤═══════╗
║           │ predicted repaid │ predicted default │ total ║
╟───────────┼──────────────────┼───────────────────┼───────╢
║ repaid    │               45 │                 3 │    48 ║
╟───────────┼──────────────────┼───────────────────┼───────╢
║ defaulted │               10 │                22 │    32 ║
╚═══════════╧══════════════════╧═══════════════════╧═══════╝
`,
  );
});
