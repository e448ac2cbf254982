import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { pairedAuc } from '../../pipeline/models/paired-auc.ts';
import { MersenneTwister } from '../../tasks/forest/mersenne-twister.ts';
import { askPython } from '../support/ask-python.ts';
import { findPython, pythonMissing } from '../support/python.ts';

const python = findPython();
const Areas = z.object({ champion: z.number(), challenger: z.number(), low: z.number(), high: z.number() });

/** numpy draws the same rows from the same seed. */
const script = `
import json, sys
import numpy as np
from sklearn.metrics import roc_auc_score

given = json.load(sys.stdin)
labels, champion, challenger = (np.array(given[name]) for name in ('labels', 'champion', 'challenger'))
random = np.random.RandomState(given['seed'])
leads = []
for _ in range(1000):
    rows = random.randint(0, len(labels), len(labels))
    if len(set(labels[rows])) == 2:
        leads.append(roc_auc_score(labels[rows], challenger[rows]) - roc_auc_score(labels[rows], champion[rows]))
low, high = np.percentile(leads, [2.5, 97.5])
print(json.dumps({
    'champion': roc_auc_score(labels, champion), 'challenger': roc_auc_score(labels, challenger), 'low': low, 'high': high,
}))
`;

for (const [rows, steps] of [
  [400, 1_000_000],
  [150, 10],
  [6, 4],
] as const) {
  test(`areas and interval of ${rows} rows, probabilities in ${steps} steps, are those of numpy and scikit-learn to 1e-12`, {
    skip: python ? false : pythonMissing,
  }, () => {
    const random = new MersenneTwister(rows);
    const draw = (most: number) => Array.from({ length: rows }, () => random.interval(most));
    const labels = draw(1).with(0, 0).with(1, 1);
    const [champion, challenger] = [draw(steps).map((p) => p / steps), draw(steps).map((p) => p / steps)];
    assert.ok(python);
    const theirs = Areas.parse(askPython(python, script, { labels, champion, challenger, seed: 42 }));
    const [older, newer] = [Float64Array.from(champion), Float64Array.from(challenger)];
    const ours = pairedAuc(Uint8Array.from(labels), older, newer, 42);
    for (const name of ['champion', 'challenger', 'low', 'high'] as const)
      assert.ok(Math.abs(ours[name] - theirs[name]) < 1e-12, `${name}: ${ours[name]} against ${theirs[name]}`);
  });
}
