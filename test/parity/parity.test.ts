import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCommand } from '../support/pipeline-command.ts';
import { findPython, pythonMissing } from '../support/python.ts';

const golden = join(import.meta.dirname, '../golden');
const loans = join(golden, 'imbalance-1000/loans.csv');
const skip = findPython() ? false : pythonMissing;

function parity(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return runCommand(args, environment, 'test/parity/parity.ts');
}

test('the loans of a golden set give what scikit-learn gives', { skip }, async () => {
  const { code, said } = await parity([loans, '--trees', '20', '--max-depth', 'none', '--seed', '7']);
  assert.match(said, /\nequal: 1,000 rows, 200 test rows, 20 trees, [\d,]+ nodes\n/);
  assert.equal(code, 0, said);
});

test('without scikit-learn it says how to get it', async () => {
  const { code, said } = await parity([loans], { PYTHON: '/nowhere/python3' });
  assert.match(said, /^parity: \/nowhere\/python3 with scikit-learn and pandas is missing: apt-get install .*\n$/);
  assert.equal(code, 69);
});

test('a file that is not a loans CSV is refused with its line', async () => {
  const { code, said } = await parity([join(golden, 'README.md')]);
  assert.match(said, /^parity: line 1 of the loans CSV: expected the header .*\n$/);
  assert.equal(code, 65);
});

test('wrong options are refused under their own names', async () => {
  const { code, said } = await parity([loans, '--trees', '0', '--test-size', '1']);
  assert.match(said, /^parity: --trees must be .*\nparity: --test-size must be .*\nnpm run parity/);
  assert.equal(code, 64);
});
