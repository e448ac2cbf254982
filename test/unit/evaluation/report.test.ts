import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ofCreditDefault } from '../../../tasks/dataset/dataset.ts';
import type { CreditReport } from '../../../tasks/evaluation/credit-report.ts';
import { computeCurves } from '../../../tasks/evaluation/curves.ts';
import { classBalanceFrame, confusionFrame } from '../../../tasks/evaluation/frames.ts';
import { pairImportances } from '../../../tasks/evaluation/importances.ts';
import { computeMetrics } from '../../../tasks/evaluation/metrics.ts';
import { modelCard } from '../../../tasks/evaluation/model-card.ts';
import { type Report, renderReport } from '../../../tasks/evaluation/report.ts';
import type { ScoredRows } from '../../../tasks/evaluation/scored-rows.ts';
import { sweepThresholds } from '../../../tasks/evaluation/threshold-sweep.ts';
import { goldenSets } from '../../golden/golden-sets.ts';
import { cardOf } from '../../support/card-of.ts';
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
  assert.equal(accessiblePictures(renderReport(await reportOf(goldenRows('plain-400')))), 5);
});

test('the full page has contents, a section for each question of credit people, and as accessible pictures', async () => {
  const page = await fullPage();
  // two curves, gain, distribution, calibration, class balance, and a small one for each feature
  assert.equal(accessiblePictures(page), 6 + 5);
  const links = [...page.matchAll(/<a href="#([^"]+)">/g)].map(([, id]) => id);
  const sections = [...page.matchAll(/<section aria-labelledby="([^"]+)">/g)].map(([, id]) => id);
  assert.deepEqual(links, sections);
  assert.equal(sections.length, 12);
  assert.doesNotMatch(page, /<script|<link|<img|http|NaN|Infinity|>undefined<|null/);
  for (const shown of [
    'cheapest',
    'under 25',
    'not compared',
    '95 % intervals',
    'hash of testLoans',
    'fewer than 30 test',
  ])
    assert.ok(page.includes(shown), `${shown} is not on the page`);
});

test('the full page of the same loans has the same bytes', async () => {
  assert.equal(await fullPage(), await fullPage());
});

test('of 500 features the page shows 20, and says so', async () => {
  const page = await fullPage(({ features: [first], ...credit }) => ({
    ...credit,
    features: Array.from({ length: 500 }, (_, f) => ({ ...(first ?? assert.fail()), name: `<f${f}>` })),
  }));
  assert.match(page, /the first 20 of 500/);
  assert.match(page, /&lt;f19&gt;/);
  assert.doesNotMatch(page, /&lt;f20&gt;|<f\d/);
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
  const sha256Of = () => '0123456789abcdef';
  const card = modelCard({ dataset: ofCreditDefault, metadata: {}, scored: rows, sweep, metrics, sha256Of });
  return {
    model: '0123456789abcdef',
    loans: 'fedcba9876543210',
    metrics,
    curves: computeCurves(rows, sweep),
    classBalance: await classBalanceFrame(metrics.classCounts),
    confusion: await confusionFrame(metrics.confusion),
    importances: pairImportances(['loan_amount', 'age', 'income'], '0.25,0.125,0.625'),
    card,
  };
}

async function fullPage(changed: (credit: CreditReport) => CreditReport = (credit) => credit): Promise<string> {
  const [set = assert.fail()] = goldenSets.filter(({ name }) => name === 'separable-203');
  const { card, credit, curves, metrics, question, importances } = await cardOf(set);
  const report = await reportOf(question.scored);
  return renderReport({ ...report, metrics, curves, importances, card: { ...card, credit: changed(credit) } });
}

/** How many pictures there are, each with a title and a description; the tables have captions, ids are there once. */
function accessiblePictures(page: string): number {
  const pictures = page.match(/<svg [^>]*role="img".*?<\/svg>/gs) ?? [];
  for (const picture of pictures) {
    const [, title = '', description = ''] = /aria-labelledby="(\S+) (\S+)"/.exec(picture) ?? [];
    assert.match(picture, new RegExp(`<title id="${title}">.+</title>\n<desc id="${description}">.+</desc>`));
  }
  assert.equal(page.match(/<svg (?![^>]*role="img")(?![^>]*aria-hidden="true")/g), null);
  assert.equal(page.match(/<table/g)?.length, page.match(/<caption>/g)?.length);
  assert.doesNotMatch(page, /<th>|<th (?!scope="(row|col)")/);
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  assert.equal(new Set(ids).size, ids.length);
  return pictures.length;
}
