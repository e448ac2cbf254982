import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chiSquareQuantile } from '../../../pipeline/models/chi-square.ts';
import { askPython } from '../../support/ask-python.ts';
import { findPython, pythonMissing } from '../../support/python.ts';

const python = findPython();

test("quantiles are scipy's to 1e-10, for any degrees of freedom", { skip: !python && pythonMissing }, () => {
  assert(python);
  const cases = [0.01, 0.5, 0.99].flatMap((probability) =>
    [1, 2, 3, 4, 9, 10, 31, 100, 501, 1001].map((degrees) => [probability, degrees] as const),
  );
  const script =
    'import json, sys; from scipy.stats import chi2; print(json.dumps([chi2.ppf(*c) for c in json.load(sys.stdin)]))';
  const theirs = askPython(python, script, cases);
  assert(Array.isArray(theirs) && theirs.length === cases.length);
  for (const [i, [probability, degrees]] of cases.entries()) {
    const ours = chiSquareQuantile(probability, degrees);
    assert(Math.abs(ours / theirs[i] - 1) < 1e-10, `${probability}, ${degrees}: ${ours}, scipy ${theirs[i]}`);
  }
});

test('the usual table', () => {
  assert.equal(chiSquareQuantile(0.99, 1).toFixed(3), '6.635');
  assert.equal(chiSquareQuantile(0.99, 10).toFixed(3), '23.209');
});
