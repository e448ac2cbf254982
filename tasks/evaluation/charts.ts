import { type Html, html } from '../runtime/html.ts';
import type { CalibrationBin, Curves, Point } from './curves.ts';
import type { ClassCounts, Metrics } from './metrics.ts';
import { formatScore } from './metrics-text.ts';
import { linePath, stepPath, unitPlot, xOf, yOf } from './unit-plot.ts';

const LARGEST_DOT = 8;
const SMALLEST_DOT = 3;
const DIAGONAL = html`<path class="reference" d="M${xOf(0)} ${yOf(0)}L${xOf(1)} ${yOf(1)}"/>`;

/** The ROC curve, the diagonal of guessing, and the dot where the predictions stand. */
export function rocFigure({ roc }: Curves, { rocAuc, confusion, recall }: Metrics): Html {
  if (rocAuc === null) return absent('No ROC curve: all test loans are of one class.');
  const labels = {
    id: 'roc',
    title: 'ROC curve',
    description: `True positive rate against false positive rate, from 0 to 1. The area under the curve is ${formatScore(rocAuc)}.`,
    xAxis: 'False positive rate',
    yAxis: 'True positive rate',
  };
  const line = linePath(roc);
  const plot = unitPlot(labels, [
    html`<path class="area" d="${line}V${yOf(0)}Z"/>`,
    DIAGONAL,
    html`<path class="curve" d="${line}"/>`,
    dot({ x: confusion.fp / (confusion.fp + confusion.tn), y: recall }),
  ]);
  return figure(plot, 'ROC curve. The dashed line is guessing, the dot is where the predictions stand.');
}

/** The precision-recall curve, the precision of flagging everyone, and the dot where the predictions stand. */
export function precisionRecallFigure({ precisionRecall }: Curves, metrics: Metrics): Html {
  const { classCounts, rows, recall, precision, confusion } = metrics;
  if (classCounts.defaulted === 0) return absent('No precision-recall curve: no test loan defaulted.');
  const baseline = classCounts.defaulted / rows;
  const labels = {
    id: 'precision-recall',
    title: 'Precision-recall curve',
    description:
      `Precision against recall, from 0 to 1. Flagging every loan would give a precision of ${formatScore(baseline)}; ` +
      `the predictions reach a precision of ${formatScore(precision)} at a recall of ${formatScore(recall)}.`,
    xAxis: 'Recall',
    yAxis: 'Precision',
  };
  const line = stepPath(precisionRecall);
  const plot = unitPlot(labels, [
    html`<path class="area" d="${line}V${yOf(0)}H${xOf(0)}Z"/>`,
    html`<path class="reference" d="M${xOf(0)} ${yOf(baseline)}H${xOf(1)}"/>`,
    html`<path class="curve" d="${line}"/>`,
    ...(confusion.tp + confusion.fp > 0 ? [dot({ x: recall, y: precision })] : []),
  ]);
  return figure(
    plot,
    'Precision and recall. The dashed line is flagging every loan, the dot is where the predictions stand.',
  );
}

/** Observed default rate against predicted probability, a dot for each bin, its area in proportion to the bin's rows. */
export function calibrationFigure({ calibration }: Curves): Html {
  const labels = {
    id: 'calibration',
    title: 'Calibration',
    description:
      'Observed default rate against mean predicted probability in ten bins; the table holds the same numbers.',
    xAxis: 'Mean predicted probability',
    yAxis: 'Observed default rate',
  };
  const points = calibration.map(({ meanProbability, defaultRate }) => ({ x: meanProbability, y: defaultRate }));
  const most = Math.max(...calibration.map(({ rows }) => rows));
  const plot = unitPlot(labels, [
    DIAGONAL,
    html`<path class="curve" d="${linePath(points)}"/>`,
    ...calibration.map((bin) => binDot(bin, most)),
  ]);
  return figure(
    plot,
    'On the dashed line, loans default exactly as often as predicted. Larger dots stand for more loans.',
  );
}

/** One bar, divided as the classes divide the test rows. */
export function classBar({ repaid, defaulted }: ClassCounts): Html {
  const boundary = ((100 * repaid) / (repaid + defaulted)).toFixed(1);
  return html`<svg class="bar" viewBox="0 0 100 3" preserveAspectRatio="none" role="img" aria-labelledby="classes-title classes-desc">
<title id="classes-title">Class balance</title>
<desc id="classes-desc">${boundary} % of the test loans were repaid, the others defaulted.</desc>
<rect class="defaulted" width="100" height="3"/>
<rect class="repaid" width="${boundary}" height="3"/>
</svg>`;
}

export function figure(plot: Html, caption: string): Html {
  return html`<figure>
${plot}
<figcaption>${caption}</figcaption>
</figure>`;
}

export function absent(reason: string): Html {
  return html`<p class="absent">${reason}</p>`;
}

function dot({ x, y }: Point): Html {
  return html`<circle class="predictions" cx="${xOf(x)}" cy="${yOf(y)}" r="5"/>`;
}

function binDot({ meanProbability, defaultRate, rows }: CalibrationBin, most: number): Html {
  const radius = Math.max(SMALLEST_DOT, LARGEST_DOT * Math.sqrt(rows / most)).toFixed(1);
  return html`<circle class="bin" cx="${xOf(meanProbability)}" cy="${yOf(defaultRate)}" r="${radius}"/>`;
}
