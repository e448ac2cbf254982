import assert from 'node:assert/strict';
import { test } from 'node:test';
import { computeMetrics } from '../../tasks/evaluation/metrics.ts';
import { formatScore } from '../../tasks/evaluation/metrics-text.ts';
import type { ScoredRows } from '../../tasks/evaluation/scored-rows.ts';
import { sweepThresholds } from '../../tasks/evaluation/threshold-sweep.ts';
import { type GrownForest, growForest } from '../../tasks/forest/grow-forest.ts';
import { predict } from '../../tasks/forest/predict.ts';
import { stratifiedSplit } from '../../tasks/forest/train-test-split.ts';
import { featureNames } from '../support/article-columns.ts';
import { findByteDifference } from '../support/byte-difference.ts';
import { findEntryDifference } from '../support/entry-difference.ts';
import { referenceForest } from '../support/reference-forest.ts';
import { columnsOfNodes } from '../support/reference-nodes.ts';
import { digestOfTrees, type TreeColumns, treesOf } from '../support/tree-columns.ts';
import { findTreeDifference } from '../support/tree-difference.ts';
import { type GoldenSet, goldenDirectory, goldenSets, testSize } from './golden-sets.ts';

const slowestRows = 5_000;

test('there are golden sets to compare with', () => assert.ok(goldenSets.length > 0, goldenDirectory));

for (const set of goldenSets) {
  const { params } = set;

  test(`${set.name}: the forest and what it says of the test loans are scikit-learn's`, async (t) => {
    const { loans, train, test: held } = await readSplit(set);
    const data = { featureNames, ...loans, rows: train };
    const forest = growForest(data, parametersOf(set, Math.max(params.n_estimators, params.digest_trees)));

    if (set.has('forest.json')) {
      await t.test('the trees, node for node', () => {
        assert.equal(findTreeDifference(treesOf(forest, params.n_estimators), goldenTrees(set)), undefined);
      });
    }
    await t.test('the digest of the trees', () => {
      assert.equal(digestOfTrees(treesOf(forest, params.n_estimators)), params.forest_sha256);
    });
    if (params.digest_trees_sha256) {
      await t.test('the digest of more trees', () => {
        assert.equal(digestOfTrees(treesOf(forest, params.digest_trees)), params.digest_trees_sha256);
      });
    }

    const columns = loans.features.map((column) => Float64Array.from(held, (row) => column[row] ?? Number.NaN));
    const prediction = predict(firstTrees(forest, params.n_estimators), columns, held.length);
    if (set.has('proba.json')) {
      await t.test('the probabilities', () => {
        const rows: [number, number][] = set.readJson('proba.json');
        const golden = Float64Array.from(rows, ([, defaults]) => defaults);
        assert.equal(findEntryDifference('probability', prediction.probabilities, golden), undefined);
      });
    }
    if (set.has('metrics.txt')) {
      await t.test('the metrics', () => {
        const scored = { labels: Uint8Array.from(held, (row) => loans.labels[row] ?? 0), ...prediction };
        assert.equal(findByteDifference(goldenMetricsText(scored), set.bytesOf('metrics.txt')), undefined);
      });
    }
  });
}

for (const set of goldenSets.filter(({ params }) => params.rows <= slowestRows)) {
  const { params } = set;
  test(`${set.name}: the reference is scikit-learn's forest, node for node`, async () => {
    const { loans, train } = await readSplit(set);
    const trees = referenceForest({ ...loans, rows: train }, parametersOf(set, params.n_estimators));
    assert.equal(digestOfTrees(trees.map(columnsOfNodes)), params.forest_sha256);
  });
}

async function readSplit(set: GoldenSet) {
  const loans = await set.readLoans();
  return { loans, ...stratifiedSplit(loans.labels, testSize, set.params.seed) };
}

function parametersOf({ params }: GoldenSet, nEstimators: number) {
  return { nEstimators, maxDepth: params.max_depth, randomState: params.seed };
}

function goldenMetricsText(scored: ScoredRows): Buffer {
  const { accuracy, precision, recall, f1 } = computeMetrics(scored, sweepThresholds(scored));
  const scores = Object.entries({ accuracy, precision, recall, f1 });
  return Buffer.from(scores.map(([name, score]) => `${name} ${formatScore(score)}\n`).join(''));
}

// a tree's seed does not depend on how many trees come after it
function firstTrees(forest: GrownForest, trees: number): GrownForest {
  return { ...forest, treeStart: forest.treeStart.subarray(0, trees + 1) };
}

interface GoldenTree extends Record<Exclude<keyof TreeColumns, 'value' | 'missing_go_to_left'>, readonly number[]> {
  readonly value: readonly (readonly [number, number])[];
}

function* goldenTrees(set: GoldenSet): Generator<TreeColumns> {
  const trees: readonly GoldenTree[] = set.readJson('forest.json').trees;
  for (const tree of trees) {
    yield {
      feature: Int32Array.from(tree.feature),
      threshold: Float64Array.from(tree.threshold),
      children_left: Int32Array.from(tree.children_left),
      children_right: Int32Array.from(tree.children_right),
      n_node_samples: Int32Array.from(tree.n_node_samples),
      impurity: Float64Array.from(tree.impurity),
      value: Int32Array.from(tree.value.flat()),
    };
  }
}
