import { type Html, html } from '../../runtime/html.ts';
import { precisionRecallFigure, rocFigure } from '../charts.ts';
import type { Curves } from '../curves.ts';
import type { Metrics } from '../metrics.ts';

export function thresholdSection(curves: Curves, metrics: Metrics): Html {
  return html`<section aria-labelledby="thresholds">
<h2 id="thresholds">How it does at every threshold</h2>
<div class="pair">
${rocFigure(curves, metrics)}
${precisionRecallFigure(curves, metrics)}
</div>
</section>`;
}
