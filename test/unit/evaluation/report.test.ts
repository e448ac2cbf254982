import assert from 'node:assert/strict';
import { test } from 'node:test';
import { computeCurves } from '../../../tasks/evaluation/curves.ts';
import { classBalanceFrame, confusionFrame } from '../../../tasks/evaluation/frames.ts';
import { pairImportances } from '../../../tasks/evaluation/importance-section.ts';
import { computeMetrics } from '../../../tasks/evaluation/metrics.ts';
import { type Report, renderReport } from '../../../tasks/evaluation/report.ts';
import type { ScoredRows } from '../../../tasks/evaluation/scored-rows.ts';
import { sweepThresholds } from '../../../tasks/evaluation/threshold-sweep.ts';
import { goldenRows } from './golden-rows.ts';
import { scoreRows } from './score-rows.ts';

test('the same rows give the same bytes', async () => {
  assert.equal(
    renderReport(await reportOf(goldenRows('plain-400'))),
    renderReport(await reportOf(goldenRows('plain-400'))),
  );
});

test('other rows give other bytes', async () => {
  assert.notEqual(
    renderReport(await reportOf(goldenRows('plain-400'))),
    renderReport(await reportOf(goldenRows('ties-600'))),
  );
});

test('the page holds no script and asks the network for nothing', async () => {
  const page = renderReport(await reportOf(goldenRows('plain-400')));
  assert.doesNotMatch(page, /<script|<link|<img|<iframe|http|url\(|@import|\son\w+=/i);
});

test('the page shows the run, the scores as in metrics.txt, and the counts', async () => {
  const page = renderReport(await reportOf(goldenRows('plain-400')));
  for (const shown of [
    'model 0123456789ab · loans fedcba987654',
    'Of 80 loans held back from training, 32 defaulted. The model flagged 22 of them, and 3 of the 48 that were repaid.',
    ...['0.8375', '0.8800', '0.6875', '0.7719', '0.9079', '0.4020', '0.1266'].map((score) => `>${score}<`),
    '<th scope="row">repaid</th><td>45</td>',
    'income 0.625, loan_amount 0.250, age 0.125.',
    ...['y="6" width="200.0"', 'y="34" width="80.0"', 'y="62" width="40.0"'],
  ]) {
    assert.ok(page.includes(shown), `${shown} is not on the page`);
  }
});

test('every picture has a title and a description, every table a caption and headers with a scope', async () => {
  const page = renderReport(await reportOf(goldenRows('plain-400')));
  const pictures = page.match(/<svg.*?<\/svg>/gs) ?? [];
  assert.equal(pictures.length, 5);
  for (const picture of pictures) {
    const [, title = '', description = ''] = /aria-labelledby="(\S+) (\S+)"/.exec(picture) ?? [];
    assert.match(picture, new RegExp(`<title id="${title}">.+</title>\n<desc id="${description}">.+</desc>`));
  }
  assert.equal(page.match(/<table/g)?.length, page.match(/<caption>/g)?.length);
  assert.doesNotMatch(page, /<th>|<th (?!scope="(row|col)")/);
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  assert.equal(new Set(ids).size, ids.length);
});

test('all that is inserted is escaped', async () => {
  const hostile = '<script>alert("1")</script>';
  const report = await reportOf(goldenRows('plain-400'));
  const page = renderReport({
    ...report,
    model: hostile,
    loans: hostile,
    metrics: { ...report.metrics, warnings: [hostile] },
    classBalance: { ...report.classBalance, columns: [hostile], rows: [[hostile, hostile]] },
    importances: [{ name: hostile, share: 1 }],
  });
  assert.doesNotMatch(page, /<script/);
  assert.equal(page.match(/&lt;script&gt;alert\(&quot;1&quot;\)&lt;\/script&gt;/g)?.length, 6);
});

for (const shares of [undefined, '0,0,0', 'NaN,NaN,NaN']) {
  test(`no feature is given a bar where the importances are ${shares}`, async () => {
    const report = await reportOf(goldenRows('plain-400'));
    const page = renderReport({ ...report, importances: pairImportances(['a', 'b', 'c'], shares) });
    assert.doesNotMatch(page, /features it goes by|NaN/);
  });
}

test('what cannot be drawn or computed is said in words', async () => {
  const page = renderReport(
    await reportOf(
      scoreRows([
        [0, 0.1],
        [0, 0.2],
      ]),
    ),
  );
  assert.match(page, /none defaulted\. The model flagged none of them, and none of the 2 that were repaid\./);
  assert.match(page, /<li>ROC AUC is undefined: all rows are of one class<\/li>/);
  assert.match(page, /No ROC curve: all test loans are of one class\./);
  assert.match(page, /No precision-recall curve: no test loan defaulted\./);
});

for (const rows of [
  [[0, 0.4]],
  [[1, 0.4]],
  [[1, 0.9]],
  [
    [0, 0.9],
    [1, 0.9],
  ],
  [
    [0, 0.1],
    [1, 0.2],
  ],
] as const) {
  test(`the page of ${JSON.stringify(rows)} holds no number that is not one`, async () => {
    assert.doesNotMatch(renderReport(await reportOf(scoreRows(rows))), /NaN|Infinity|>undefined<\/t|null/);
  });
}

async function reportOf(rows: ScoredRows): Promise<Report> {
  const sweep = sweepThresholds(rows);
  const metrics = computeMetrics(rows, sweep);
  return {
    model: '0123456789abcdef',
    loans: 'fedcba9876543210',
    metrics,
    curves: computeCurves(rows, sweep),
    classBalance: await classBalanceFrame(metrics.classCounts),
    confusion: await confusionFrame(metrics.confusion),
    importances: pairImportances(['loan_amount', 'age', 'income'], '0.25,0.125,0.625'),
  };
}
