import { Html, html } from '../runtime/html.ts';
import { calibrationFigure, classBar, precisionRecallFigure, rocFigure } from './charts.ts';
import type { CreditReport } from './credit-report.ts';
import type { CalibrationBin, Curves } from './curves.ts';
import type { Frame } from './frames.ts';
import { type FeatureImportance, importanceSection } from './importance-section.ts';
import type { Metrics } from './metrics.ts';
import { formatScore } from './metrics-text.ts';
import type { ModelCard } from './model-card.ts';
import { REPORT_STYLE } from './report-style.ts';
import { calibrationSection } from './sections/calibration-section.ts';
import { cardSection } from './sections/card-section.ts';
import { contents } from './sections/contents.ts';
import { CREDIT_STYLE } from './sections/credit-style.ts';
import { cutOffSection } from './sections/cut-off-section.ts';
import { dependenceSection } from './sections/dependence-section.ts';
import { distributionSection } from './sections/distribution-section.ts';
import { effectSection } from './sections/effect-section.ts';
import { groupSections } from './sections/group-section.ts';
import { intervalSection } from './sections/interval-section.ts';
import { rankingSection } from './sections/ranking-section.ts';
import { frameTable, grouped, type Table } from './tables.ts';

export interface Report {
  /** The SHA-256 of the model, and of the loans that it was trained on. */
  readonly model: string;
  readonly loans: string;
  readonly metrics: Metrics;
  readonly curves: Curves;
  readonly classBalance: Frame;
  readonly confusion: Frame;
  /** Empty where the engine knows none. */
  readonly importances: readonly FeatureImportance[];
  readonly card: ModelCard;
}

/** The text of report.html: one self-contained page, the same bytes for the same report. */
export function renderReport(report: Report): string {
  const { model, loans, metrics, card } = report;
  const { credit } = card;
  const parts = credit ? partsWithCredit(report, credit) : basicParts(report);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Credit default model ${short(model)}</title>
<style>${new Html(REPORT_STYLE + (credit ? CREDIT_STYLE : ''))}</style>
</head>
<body>
<header>
<p class="run">model ${short(model)} · loans ${short(loans)}</p>
<h1>How well the model foresees defaults</h1>
<p class="lede">${summary(metrics)}</p>
${warnings(metrics)}${credit ? contents(parts) : ''}
</header>
<main>
${parts}
</main>
<footer>Default is the positive class. The scores at full precision are in metrics.json${credit ? ', all that is shown here in model_card.json' : ''}.</footer>
</body>
</html>
`;
  return page.text;
}

function basicParts(report: Report): Html[] {
  const { metrics, importances } = report;
  return [
    scores(metrics),
    predictions(report),
    thresholds(report),
    probabilities(report),
    importanceSection(importances),
  ];
}

function partsWithCredit(report: Report, credit: CreditReport): Html[] {
  const { card, curves, metrics } = report;
  return [
    scores(metrics),
    intervalSection(card, credit),
    predictions(report),
    thresholds(report),
    rankingSection(credit),
    distributionSection(card),
    calibrationSection(curves, credit),
    cutOffSection(credit),
    ...groupSections(credit),
    effectSection(credit),
    dependenceSection(credit),
    cardSection(card),
  ];
}

function short(sha256: string): string {
  return sha256.slice(0, 12);
}

function summary({ rows, classCounts, confusion }: Metrics): string {
  const { tp, fp } = confusion;
  return (
    `Of ${grouped(rows)} loans held back from training, ${orNone(classCounts.defaulted)} defaulted. The model flagged ` +
    `${orNone(tp)} of them, and ${orNone(fp)} of the ${grouped(classCounts.repaid)} that were repaid.`
  );
}

function warnings(metrics: Metrics): Html {
  if (metrics.warnings.length === 0) return html``;
  return html`<ul class="warnings" aria-label="Warnings">
${metrics.warnings.map((warning) => html`<li>${warning}</li>`)}
</ul>`;
}

function scores({ accuracy, precision, recall, f1, rocAuc, logLoss, brierScore }: Metrics): Html {
  return html`<section aria-labelledby="scores">
<h2 id="scores">Scores</h2>
<dl class="scores">
${score('Accuracy', formatScore(accuracy), 'of all loans were predicted rightly')}
${score('Precision', formatScore(precision), 'of the loans flagged did default')}
${score('Recall', formatScore(recall), 'of the defaults were flagged')}
${score('F1 score', formatScore(f1), 'harmonic mean of precision and recall')}
</dl>
<dl class="scores losses">
${score('ROC AUC', rocAuc === null ? 'undefined' : formatScore(rocAuc), 'guessing gives 0.5, a perfect ranking 1')}
${score('Log loss', formatScore(logLoss), 'of the probabilities; lower is better')}
${score('Brier score', formatScore(brierScore), 'mean squared error; lower is better')}
</dl>
</section>`;
}

function score(name: string, value: string, meaning: string): Html {
  return html`<div><dt>${name}</dt><dd class="value">${value}</dd><dd class="note">${meaning}</dd></div>`;
}

function predictions({ metrics, classBalance, confusion }: Report): Html {
  return html`<section aria-labelledby="predictions">
<h2 id="predictions">What happened, and what was predicted</h2>
${classBar(metrics.classCounts)}
<div class="pair">
${frameTable(classBalance, 'balance', 'Class balance of the test loans')}
${frameTable(confusion, 'confusion', 'Confusion matrix of the test loans')}
</div>
</section>`;
}

function thresholds({ metrics, curves }: Report): Html {
  return html`<section aria-labelledby="thresholds">
<h2 id="thresholds">How it does at every threshold</h2>
<div class="pair">
${rocFigure(curves, metrics)}
${precisionRecallFigure(curves, metrics)}
</div>
</section>`;
}

function probabilities({ curves }: Report): Html {
  return html`<section aria-labelledby="probabilities">
<h2 id="probabilities">How far its probabilities can be believed</h2>
<div class="pair">
${calibrationFigure(curves)}
${frameTable(binTable(curves.calibration), 'bins', 'Test loans by predicted probability')}
</div>
</section>`;
}

function binTable(bins: readonly CalibrationBin[]): Table {
  return {
    columns: ['probability', 'loans', 'mean', 'default rate'],
    rows: bins.map(({ from, to, rows, meanProbability, defaultRate }) => [
      `${from.toFixed(1)} – ${to.toFixed(1)}`,
      rows,
      meanProbability.toFixed(3),
      defaultRate.toFixed(3),
    ]),
  };
}

function orNone(amount: number): string {
  return amount === 0 ? 'none' : grouped(amount);
}
