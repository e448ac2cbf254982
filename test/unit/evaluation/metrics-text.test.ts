import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { scoreDecisions } from '../../../tasks/evaluation/metrics.ts';
import { formatScore, metricsText } from '../../../tasks/evaluation/metrics-text.ts';
import { readGolden } from './golden-rows.ts';

const MetricCases = z.array(z.tuple([z.number(), z.number(), z.number(), z.number(), z.string()]));

test('every golden confusion matrix prints as Python prints it', () => {
  const cases = MetricCases.parse(JSON.parse(readGolden('metric-cases.json').toString()));
  assert.ok(cases.length > 200, `only ${cases.length} cases were read`);
  for (const [tp, fp, fn, tn, expected] of cases) {
    const { accuracy, precision, recall, f1 } = scoreDecisions({ tp, fp, fn, tn });
    const printed = [accuracy, precision, recall, f1].map(formatScore).join(' ');
    assert.equal(printed, expected, `for tp ${tp}, fp ${fp}, fn ${fn}, tn ${tn}`);
  }
});

// from Python: ['%.4f' % (k / 32) for k in range(1, 33, 2)]
test('an exact tie at the fourth decimal goes to the even neighbour', () => {
  const ties = Array.from({ length: 16 }, (_, i) => formatScore((2 * i + 1) / 32));
  assert.deepEqual(ties, [
    ...['0.0312', '0.0938', '0.1562', '0.2188', '0.2812', '0.3438', '0.4062', '0.4688'],
    ...['0.5312', '0.5938', '0.6562', '0.7188', '0.7812', '0.8438', '0.9062', '0.9688'],
  ]);
});

test('metrics.txt is what the f-string of the Airflow DAG gives', () => {
  const text = metricsText({ accuracy: 0.8375, precision: 0.88, recall: 0.6875, f1: 0.7719298245614035 });
  assert.equal(
    text,
    `Model Performance Metrics
========================
Accuracy: 0.8375
Precision: 0.8800
Recall: 0.6875
F1 Score: 0.7719
`,
  );
});
