import { type Html, html } from '../../runtime/html.ts';
import { absent, figure } from '../charts.ts';
import type { Decile, Ranking } from '../credit/ranking.ts';
import type { CreditReport } from '../credit-report.ts';
import { percent, rounded, wideTable } from '../tables.ts';
import { linePath, unitPlot, xOf, yOf } from '../unit-plot.ts';
import { numberList } from './number-list.ts';

/** KS and Gini, the gain curve, and the deciles. */
export function rankingSection({ ranking }: CreditReport): Html {
  return html`<section aria-labelledby="ranking">
<h2 id="ranking">How well it ranks loans</h2>
${numberList([
  ['KS', rounded(ranking.ks), `the classes are farthest apart at a probability of ${rounded(ranking.ksProbability)}`],
  ['Gini', rounded(ranking.gini), 'twice the ROC AUC, less 1'],
])}
${gainFigure(ranking)}
${ranking.deciles.length === 0 ? absent('No deciles: there are fewer than ten test loans.') : decileTable(ranking.deciles)}
</section>`;
}

function gainFigure({ deciles }: Ranking): Html {
  const points = deciles.flatMap(({ decile, cumulativeGain }) =>
    cumulativeGain === null ? [] : [{ x: decile / 10, y: cumulativeGain }],
  );
  if (points.length === 0) return absent('No gain curve: it needs ten test loans, and a default among them.');
  const labels = {
    id: 'gain',
    title: 'Cumulative gain',
    description: 'The share of all defaults among the riskiest tenths of the loans; the table holds the same numbers.',
    xAxis: 'Share of the loans, riskiest first',
    yAxis: 'Share of the defaults',
  };
  const line = linePath([{ x: 0, y: 0 }, ...points]);
  const plot = unitPlot(labels, [
    html`<path class="area" d="${line}V${yOf(0)}Z"/>`,
    html`<path class="reference" d="M${xOf(0)} ${yOf(0)}L${xOf(1)} ${yOf(1)}"/>`,
    html`<path class="curve" d="${line}"/>`,
  ]);
  return figure(plot, 'Cumulative gain. The dashed line is picking loans at random.');
}

function decileTable(deciles: readonly Decile[]): Html {
  const table = {
    columns: ['decile', 'loans', 'probability from', 'defaults', 'default rate', 'lift', 'gain'],
    rows: deciles.map((tenth) => [
      String(tenth.decile),
      tenth.rows,
      rounded(tenth.lowestProbability),
      Number.isInteger(tenth.defaults) ? tenth.defaults : tenth.defaults.toFixed(1),
      percent(tenth.defaultRate),
      tenth.lift === null ? '–' : tenth.lift.toFixed(2),
      percent(tenth.cumulativeGain),
    ]),
  };
  return wideTable(table, 'deciles', 'Tenths of the test loans, riskiest first');
}
