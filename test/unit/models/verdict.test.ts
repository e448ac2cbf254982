import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Candidate } from '../../../pipeline/models/champion.ts';
import { type Evidence, type Gates, judge, noEvidence } from '../../../pipeline/models/verdict.ts';
import { decisionText, verdictTexts } from '../../../pipeline/models/verdict-text.ts';
import { readPipelineSettings } from '../../../pipeline/settings/pipeline-settings.ts';
import { gatesOf } from '../../../pipeline/settings/promotion-settings.ts';

const candidate: Candidate = {
  timestamp: '20240111T000000',
  runId: 'scheduled__2024-01-11T00:00:00+00:00',
  model: 'dag/train_model/20240111T000000.onnx',
  sha256: 'abc',
  scores: { accuracy: 0.8, roc_auc: null, log_loss: 0.5 },
};
const decidedAt = '2024-02-01T00:00:00.000Z';
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
  ['an older run, filled up later', {}, '20240121T000000', 'auto', 'older', /whose loans are later/],
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
    /GATE_MIN_ACCURACY is 0\.82, and \S+ is 0\.8000$/,
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
      newest !== undefined && newest > candidate.timestamp,
      noEvidence,
      promotion,
      decidedAt,
    );
    assert.equal(verdict.decision, expected);
    assert.match(decisionText(verdict), sentence);
  });
}

test('a gate that no model can be held to is refused by name', () => {
  const refused: [Record<string, string>, RegExp][] = [
    [{ GATE_MIN_ROC_AUC: 'good' }, /GATE_MIN_ROC_AUC must be a number from 0 to 1, found "good"/],
    [{ GATE_MIN_ACCURACY: '82' }, /GATE_MIN_ACCURACY must be a number from 0 to 1, found "82"/],
    [{ GATE_MAX_DROP: '2' }, /GATE_MAX_DROP must be a number from 0 to 1, found "2"/],
  ];
  for (const [environment, fault] of refused) assert.throws(() => gates(environment), fault);
  assert.equal(gates({ GATE_MAX_LOG_LOSS: '1.5' }).scores[0]?.limit, 1.5);
});

describe('beside an earlier champion', () => {
  const comparison = { rows: 400, champion: 0.8, challenger: 0.75, low: -0.08, high: -0.02 };
  const nullShares = { reference: 0, current: 0 };
  const figures = { psi: 0.3, psiByChance: 0.1, ks: 0.2, ksByChance: 0.1, nullShares, note: null };
  const column = { name: 'income', part: 'feature', ...figures, isDrifted: true } as const;
  const calm = { ...column, name: 'age', psi: 0.5, psiByChance: 0.6, isDrifted: false };
  const cases: readonly [what: string, settings: Record<string, string>, found: Partial<Evidence>, unmet: string[]][] =
    [
      ['a drop beyond the limit', { GATE_MAX_DROP: '0.02' }, { comparison }, ['GATE_MAX_DROP']],
      ['a drop within it', { GATE_MAX_DROP: '0.06' }, { comparison }, []],
      ['a drop that may be chance', { GATE_MAX_DROP: '0.02' }, { comparison: { ...comparison, high: 0.001 } }, []],
      ['no fair comparison', { GATE_MAX_DROP: '0' }, { comparison: { impossible: 'few' } }, []],
      ['a drift beyond the limit', { GATE_MAX_DRIFT: '0.25' }, { drift: [calm, column] }, ['GATE_MAX_DRIFT']],
      ['a drift within it', { GATE_MAX_DRIFT: '0.35' }, { drift: [calm, column] }, []],
      ['a drift that may be chance', { GATE_MAX_DRIFT: '0' }, { drift: [calm] }, []],
      ['no profile', { GATE_MAX_DRIFT: '0' }, { drift: { impossible: 'there is none' } }, []],
    ];
  for (const [what, settings, found, unmet] of cases) {
    test(`${what}: ${unmet.length > 0 ? 'rejected' : 'promoted'}`, () => {
      const evidence = { ...noEvidence, against: '20240101T000000', ...found };
      const { rules, decision: made } = judge(gates(settings), candidate, false, evidence, 'auto', decidedAt);
      assert.deepEqual(
        rules.filter(({ isMet }) => !isMet).map(({ name }) => name),
        unmet,
      );
      assert.equal(made, unmet.length > 0 ? 'rejected' : 'promoted');
    });
  }

  test('what was found is said in full', () => {
    const evidence = { against: '20240101T000000', comparison, drift: [calm, column] };
    const texts = verdictTexts(judge(gates({}), candidate, false, evidence, 'auto', decidedAt));
    assert.deepEqual(texts.slice(1), [
      'on 400 loans that neither was trained on its ROC AUC is 0.7500, that of 20240101T000000 0.8000: a lead of -0.0500 (95 % interval -0.0800 to -0.0200: more than chance)',
      '1 of 2 columns and scores has drifted from those of 20240101T000000: income (PSI 0.3000, by chance 0.1000)',
    ]);
  });
});
