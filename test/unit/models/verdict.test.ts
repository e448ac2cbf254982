import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Candidate, championSchema } from '../../../pipeline/models/champion.ts';
import { type Gates, judge } from '../../../pipeline/models/verdict.ts';
import { decisionText } from '../../../pipeline/models/verdict-text.ts';
import { readPipelineSettings } from '../../../pipeline/settings/pipeline-settings.ts';
import { gatesOf } from '../../../pipeline/settings/promotion-settings.ts';

const candidate: Candidate = {
  timestamp: '20240111T000000',
  runId: 'scheduled__2024-01-11T00:00:00+00:00',
  model: 'dag/train_model/20240111T000000.onnx',
  sha256: 'abc',
  scores: { accuracy: 0.8, roc_auc: null, log_loss: 0.5 },
};
const decision = { reason: 'it passed', decidedBy: 'PROMOTION=auto', decidedAt: '2024-02-01T00:00:00.000Z' };
const champion = (timestamp: string) =>
  championSchema.parse({ ...candidate, ...decision, version: 1, number: 1, timestamp, before: null });
const gates = (settings: Record<string, string>): Gates => gatesOf(readPipelineSettings(settings));

const cases: readonly [
  what: string,
  settings: Record<string, string>,
  newest: string | undefined,
  promotion: 'auto' | 'manual',
  decision: string,
  sentence: RegExp,
][] = [
  ['the first model', {}, undefined, 'auto', 'promoted', /^the model of 20240111T000000 became the champion$/],
  ['a newer model', {}, '20240101T000000', 'auto', 'promoted', /became the champion/],
  ['the same run again', {}, '20240111T000000', 'auto', 'promoted', /became the champion/],
  ['an older run, filled up later', {}, '20240121T000000', 'auto', 'older', /that of a later run was/],
  [
    'a model for a human',
    {},
    undefined,
    'manual',
    'waits',
    /^the model waits: 'npx pipeline promote 20240111T000000 --reason TEXT' makes it the/,
  ],
  ['one at its gate', { GATE_MIN_ACCURACY: '0.8' }, undefined, 'auto', 'promoted', /it passes GATE_MIN_ACCURACY/],
  [
    'one below it',
    { GATE_MIN_ACCURACY: '0.82' },
    undefined,
    'auto',
    'rejected',
    /GATE_MIN_ACCURACY is 0\.82, and \S+ is 0\.8$/,
  ],
  ['one above another', { GATE_MAX_LOG_LOSS: '0.4' }, undefined, 'manual', 'rejected', /GATE_MAX_LOG_LOSS is 0\.4/],
  [
    'an undefined score',
    { GATE_MIN_ROC_AUC: '0' },
    undefined,
    'auto',
    'rejected',
    /\S+ is undefined on the test loans/,
  ],
  [
    'a score that is not there',
    { GATE_MIN_F1: '0' },
    undefined,
    'auto',
    'rejected',
    /GATE_MIN_F1 is 0, and \S+ is undefined/,
  ],
];

for (const [what, settings, newest, promotion, expected, sentence] of cases) {
  test(`${what}: ${expected}, PROMOTION=${promotion}`, () => {
    const verdict = judge(
      gates(settings),
      candidate,
      newest ? champion(newest) : undefined,
      { against: null, comparison: null },
      promotion,
      decision.decidedAt,
    );
    assert.equal(verdict.decision, expected);
    assert.match(decisionText(verdict), sentence);
  });
}

test('a gate that is no number is refused by name', () => {
  assert.throws(
    () => gates({ GATE_MIN_ROC_AUC: 'good' }),
    /GATE_MIN_ROC_AUC must be a number, 0 or more, found "good"/,
  );
});
