import { type Html, html } from '../../runtime/html.ts';
import { calibrationFigure } from '../charts.ts';
import type { CalibrationBin, Curves } from '../curves.ts';
import { frameTable, type Table } from '../tables.ts';

export function probabilitySection(curves: Curves): Html {
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
