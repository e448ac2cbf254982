import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { growForest } from '../../tasks/forest/grow-forest.ts';
import { predict } from '../../tasks/forest/predict.ts';
import { stratifiedSplit } from '../../tasks/forest/stratified-split.ts';
import { featureNames } from '../../tasks/loans/loan-columns.ts';
import { readLoans } from '../../tasks/loans/read-loans.ts';
import { type ReferenceNode, referenceForest } from '../support/reference-forest.ts';
import { referenceNodes } from '../support/reference-nodes.ts';

const goldenDirectory = process.env.GOLDEN_DIR ?? import.meta.dirname;
const slowestRows = 5_000;

const sets = readdirSync(goldenDirectory, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

test('there are golden sets to compare with', () => assert.ok(sets.length > 0, goldenDirectory));

for (const name of sets) {
  const set = join(goldenDirectory, name);
  const params = JSON.parse(readFileSync(join(set, 'params.json'), 'utf8'));
  const parameters = { nEstimators: params.n_estimators, maxDepth: params.max_depth, randomState: params.seed };

  test(`${name}: the forest is scikit-learn's, node for node`, async () => {
    const { loans, split } = await readSplit(set, params.seed);
    assertGolden(referenceNodes(growForest({ featureNames, ...loans, rows: split.train }, parameters)), set);
  });

  test(`${name}: the reference is scikit-learn's forest, node for node`, { skip: params.rows > slowestRows }, async () => {
    const { loans, split } = await readSplit(set, params.seed);
    assertGolden(referenceForest({ ...loans, rows: split.train }, parameters), set);
  });

  test(`${name}: the probabilities of the test loans are scikit-learn's`, async () => {
    const { loans, split } = await readSplit(set, params.seed);
    const forest = growForest({ featureNames, ...loans, rows: split.train }, parameters);
    const columns = loans.features.map((column) => Float64Array.from(split.test, (row) => column[row] ?? Number.NaN));
    const { probabilities } = predict(forest, columns, split.test.length);
    const golden: [number, number][] = JSON.parse(bytesOf(set, 'proba.json').toString());
    assert.deepEqual([...probabilities], golden.map(([, defaults]) => defaults));
  });
}

async function readSplit(set: string, seed: number) {
  const loans = await readLoans(Readable.from([bytesOf(set, 'loans.csv')]));
  return { loans, split: stratifiedSplit(loans.labels, 0.2, seed) };
}

function assertGolden(trees: readonly (readonly ReferenceNode[])[], set: string): void {
  const golden: Record<keyof ReferenceNode, readonly unknown[]>[] = JSON.parse(bytesOf(set, 'forest.json').toString()).trees;
  assert.equal(trees.length, golden.length);
  for (const [t, { feature, threshold, children_left, children_right, n_node_samples, impurity, value }] of golden.entries()) {
    const nodes = trees[t] ?? [];
    assert.deepEqual(nodes.map((node) => node.feature), feature, `feature of tree ${t}`);
    assert.deepEqual(nodes.map((node) => node.threshold), threshold, `threshold of tree ${t}`);
    assert.deepEqual(nodes.map((node) => node.children_left), children_left, `children_left of tree ${t}`);
    assert.deepEqual(nodes.map((node) => node.children_right), children_right, `children_right of tree ${t}`);
    assert.deepEqual(nodes.map((node) => node.n_node_samples), n_node_samples, `n_node_samples of tree ${t}`);
    assert.deepEqual(nodes.map((node) => node.impurity), impurity, `impurity of tree ${t}`);
    assert.deepEqual(nodes.map((node) => node.value), value, `value of tree ${t}`);
  }
  assert.equal(digest(trees), JSON.parse(readFileSync(join(set, 'params.json'), 'utf8')).forest_sha256);
}

/** The layout of `digest` in make_golden.py; typed arrays are little endian on every machine that Node runs on. */
function digest(trees: readonly (readonly ReferenceNode[])[]): string {
  const hash = createHash('sha256');
  for (const nodes of trees) {
    hash.update(Int32Array.from(nodes, (node) => node.feature));
    hash.update(Float64Array.from(nodes, (node) => node.threshold));
    hash.update(Int32Array.from(nodes, (node) => node.children_left));
    hash.update(Int32Array.from(nodes, (node) => node.children_right));
    hash.update(Int32Array.from(nodes, (node) => node.n_node_samples));
    hash.update(Float64Array.from(nodes, (node) => node.impurity));
    hash.update(Int32Array.from(nodes.flatMap((node) => node.value)));
  }
  return hash.digest('hex');
}

function bytesOf(set: string, name: string): Buffer {
  const path = join(set, name);
  return existsSync(path) ? readFileSync(path) : gunzipSync(readFileSync(`${path}.gz`));
}
