import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { z } from 'zod';
import { ofCreditDefault } from '../../tasks/dataset/dataset.ts';
import { modelCardJson } from '../../tasks/evaluation/model-card.ts';
import { type GoldenSet, goldenSets } from '../golden/golden-sets.ts';
import { askPython } from '../support/ask-python.ts';
import { cardOf } from '../support/card-of.ts';
import { findPython, pythonMissing } from '../support/python.ts';

/** Of numbers that are sums of the same terms in another order. */
const tolerance = 1e-9;

const python = findPython();
const options = { skip: python ? false : pythonMissing };
// as text: a Python in a chroot does not see the file
const program = readFileSync(new URL('credit_report.py', import.meta.url), 'utf8');
const sets = ['constant-300', 'imbalance-1000', 'ties-600'];

const Card = z
  .object({
    scores: z.record(z.string(), z.object({ value: z.number() })),
    credit: z.looseObject({ features: z.array(z.looseObject({ name: z.string() })) }),
  })
  .loose();

for (const set of goldenSets.filter(({ name }) => sets.includes(name))) {
  test(
    `each number of the credit report on ${set.name} is that of scipy and scikit-learn ${python?.version}, to ${tolerance}`,
    options,
    async () => {
      const made = await cardOf(set);
      const { scores, score_distribution, credit } = Card.parse(JSON.parse(modelCardJson(made.card)));
      const theirs = creditReportOf(set, made);
      const names = made.card.intendedUse.features;
      const ours = {
        scores: Object.fromEntries(Object.entries(scores).map(([name, { value }]) => [name, { value }])),
        score_distribution,
        ...credit,
        features: credit.features.toSorted((a, b) => names.indexOf(a.name) - names.indexOf(b.name)),
      };
      assertClose(ours, { ...theirs, sample_rows: made.sampleRows }, set.name);
    },
  );
}

function creditReportOf({ params }: GoldenSet, made: Awaited<ReturnType<typeof cardOf>>): Record<string, unknown> {
  const { loans, train, test: held, sampleRows } = made;
  const columns = (rows: Uint32Array) => loans.features.map((values) => Array.from(rows, (row) => values[row]));
  const input = {
    features: made.card.intendedUse.features,
    types: ofCreditDefault.features.map(({ type }) => type),
    train: columns(train),
    train_labels: Array.from(train, (row) => loans.labels[row]),
    test: columns(held),
    test_labels: Array.from(held, (row) => loans.labels[row]),
    ...{ n_estimators: params.n_estimators, max_depth: params.max_depth, random_state: params.seed },
    costs: { false_negative: 5, false_positive: 1 },
    groups: { age: [25, 35, 50, 65] },
    sample_rows: sampleRows,
  };
  assert.ok(python);
  return z.record(z.string(), z.unknown()).parse(askPython(python, program, input));
}

/** Numbers to the tolerance, all else exactly. */
function assertClose(ours: unknown, theirs: unknown, where: string): void {
  if (typeof ours === 'number' && typeof theirs === 'number') {
    assert.ok(Math.abs(ours - theirs) <= tolerance, `${where} is ${ours}, theirs ${theirs}`);
  } else if (typeof ours === 'object' && ours !== null && typeof theirs === 'object' && theirs !== null) {
    assert.deepEqual(Object.keys(ours).sort(), Object.keys(theirs).sort(), where);
    const held = new Map(Object.entries(theirs));
    for (const [key, value] of Object.entries(ours)) assertClose(value, held.get(key), `${where}.${key}`);
  } else {
    assert.equal(ours, theirs, where);
  }
}
