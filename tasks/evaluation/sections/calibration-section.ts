import { type Html, html } from '../../runtime/html.ts';
import { calibrationFigure } from '../charts.ts';
import type { CreditReport } from '../credit-report.ts';
import type { Curves } from '../curves.ts';
import { rounded, wideTable } from '../tables.ts';
import { numberList } from './number-list.ts';

export function calibrationSection(curves: Curves, { calibration }: CreditReport): Html {
  const { bins, expectedError, largestError } = calibration;
  const disagreeing = bins.filter(({ agrees }) => !agrees).length;
  const table = {
    columns: ['probability', 'loans', 'mean', 'default rate', '95 % interval', 'remark'],
    rows: bins.map(({ from, to, rows, meanProbability, defaultRate, low, high, agrees, remark }) => [
      `${from.toFixed(1)} – ${to.toFixed(1)}`,
      rows,
      rounded(meanProbability),
      rounded(defaultRate),
      `${rounded(low)} – ${rounded(high)}`,
      [agrees ? '' : 'mean outside', remark].filter((part) => part !== '').join(', '),
    ]),
  };
  return html`<section aria-labelledby="probabilities">
<h2 id="probabilities">How far its probabilities can be believed</h2>
${numberList([
  ['Calibration error', rounded(expectedError), 'mean distance of predicted and observed default rate'],
  ['Largest', rounded(largestError), 'such distance of a bin'],
  [
    'Disagreeing',
    `${disagreeing} of ${bins.length}`,
    'bins, whose mean lies outside the interval of what was observed',
  ],
])}
${calibrationFigure(curves)}
${wideTable(table, 'bins', 'Test loans by predicted probability, with Wilson intervals of the default rate')}
</section>`;
}
