import { Html, html } from '../runtime/html.ts';
import type { CreditReport } from './credit-report.ts';
import type { Curves } from './curves.ts';
import type { Frame } from './frames.ts';
import type { FeatureImportance } from './importances.ts';
import type { Metrics } from './metrics.ts';
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
import { importanceSection } from './sections/importance-section.ts';
import { intervalSection } from './sections/interval-section.ts';
import { predictionSection } from './sections/prediction-section.ts';
import { probabilitySection } from './sections/probability-section.ts';
import { rankingSection } from './sections/ranking-section.ts';
import { scoreSection } from './sections/score-section.ts';
import { thresholdSection } from './sections/threshold-section.ts';
import { grouped } from './tables.ts';

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

function basicParts({ metrics, curves, classBalance, confusion, importances }: Report): Html[] {
  return [
    scoreSection(metrics),
    predictionSection(metrics.classCounts, classBalance, confusion),
    thresholdSection(curves, metrics),
    probabilitySection(curves),
    importanceSection(importances),
  ];
}

function partsWithCredit(report: Report, credit: CreditReport): Html[] {
  const { metrics, curves, classBalance, confusion, card } = report;
  return [
    scoreSection(metrics),
    intervalSection(card, credit),
    predictionSection(metrics.classCounts, classBalance, confusion),
    thresholdSection(curves, metrics),
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

function orNone(amount: number): string {
  return amount === 0 ? 'none' : grouped(amount);
}
