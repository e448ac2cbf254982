import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Verdict, verdictSchema } from '../../../pipeline/models/verdict.ts';
import { verdictSection } from '../../../pipeline/pages/verdict-section.ts';

const feature = { part: 'feature', nullShares: { reference: 0, current: 0 }, note: null };
const verdict = verdictSchema.parse({
  version: 1,
  timestamp: '20240111T000000',
  runId: 'scheduled__2024-01-11T00:00:00+00:00',
  model: 'dag/train_model/20240111T000000.onnx',
  sha256: 'abc',
  rules: [
    { name: 'GATE_MIN_ROC_AUC', of: 'roc_auc', value: null, limit: 0.8, isMet: false },
    { name: 'GATE_MAX_DROP', of: 'the drop of roc_auc', value: 0.03451, limit: 0.01, isMet: true },
  ],
  against: '20240101T000000',
  comparison: { rows: 412, champion: 0.81, challenger: 0.77549, low: -0.08, high: 0.01 },
  drift: [
    { ...feature, name: 'age', psi: 0.01, psiByChance: 0.02, ks: null, ksByChance: null, isDrifted: false },
    { ...feature, name: 'income', psi: 0.31, psiByChance: 0.02, ks: 0.2, ksByChance: 0.1, isDrifted: true },
  ],
  decision: 'rejected',
  decidedAt: '2024-02-01T00:00:00.000Z',
});

const texts = (shown: Verdict | undefined) =>
  verdictSection(shown)
    .map(({ text }) => text.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' '))
    .join('');

test('the page says what was decided, each rule with its limit and value, and the comparison', () => {
  const text = texts(verdict);
  assert.match(
    text,
    /The model was rejected: GATE_MIN_ROC_AUC is 0\.8, and roc_auc is undefined on the test loans; that of 20240101T000000 stays/,
  );
  assert.match(text, /GATE_MAX_DROP 0\.01 the drop of roc_auc 0\.0345 met/);
  assert.match(text, /On 412 loans .*: a lead of -0\.0345 \(95 % interval -0\.0800 to 0\.0100: may be chance\)\./);
  assert.match(text, /1 of 2 columns and scores has drifted from those of 20240101T000000: income/);
  assert.match(text, /income 0\.3100 0\.0200 0\.2000 0\.1000 drifted age 0\.0100/);
});

test('where no fair comparison was possible the page says why, and draws none', () => {
  const impossible = { ...verdict, comparison: { impossible: 'no loans were added to those of the champion' } };
  assert.match(texts(impossible), /No fair comparison with 20240101T000000 was possible: no loans were added/);
  assert.doesNotMatch(texts(impossible), /<svg/);
  assert.equal(texts(undefined), '');
});
