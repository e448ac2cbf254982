import { type Html, html } from '../../tasks/runtime/html.ts';
import type { Champion } from '../models/champion.ts';
import type { Drift } from '../models/drift.ts';
import type { Evidence, Rule, Verdict } from '../models/verdict.ts';
import { championText, comparisonTexts, decisionText, driftTexts, scoreText } from '../models/verdict-text.ts';
import { section } from './layout.ts';
import { stateMark } from './marks.ts';
import { sentence } from './texts.ts';

const shownColumns = 20;
const width = 400;
const height = 40;

/** What was decided of the run's model, and upon what. */
export function verdictSection(verdict: Verdict | undefined, champion?: Champion): Html[] {
  if (!verdict) return [];
  const { rules, comparison, drift } = verdict;
  return [
    section('verdict', 'Verdict on its model', [
      html`<p>${sentence(decisionText(verdict))}</p>`,
      ...(champion ? [html`<p>Now ${championText(champion)}.</p>`] : []),
      ...(rules.length > 0 ? [ruleTable(rules)] : []),
      ...comparisonTexts(verdict).map((text) => html`<p>${sentence(text)}</p>`),
      ...(comparison ? intervalFigure(comparison) : []),
      ...driftTexts(verdict).map((text) => html`<p>${sentence(text)}</p>`),
      ...(Array.isArray(drift) ? [driftTable(drift)] : []),
    ]),
  ];
}

function ruleTable(rules: readonly Rule[]): Html {
  return html`<div class="wide" tabindex="0" role="region" aria-label="Rules of the verdict"><table>
<thead><tr><th scope="col">rule</th><th scope="col" class="number">limit</th><th scope="col">of</th><th scope="col" class="number">value</th><th scope="col"></th></tr></thead>
<tbody>
${rules.map(ruleRow)}
</tbody>
</table></div>`;
}

function ruleRow({ name, limit, of, value, isMet }: Rule): Html {
  const mark = stateMark(isMet ? 'success' : 'failed', isMet ? 'met' : 'not met');
  return html`<tr><th scope="row">${name}</th><td class="number">${limit}</td><td>${of}</td><td class="number">${value === null ? 'undefined' : scoreText(value)}</td><td>${mark}</td></tr>`;
}

/** The columns that have moved furthest. */
function driftTable(drift: readonly Drift[]): Html {
  const shown = drift.toSorted((a, b) => (b.psi ?? 0) - (a.psi ?? 0)).slice(0, shownColumns);
  const left = drift.length - shown.length;
  const note = left > 0 ? html`<p class="note">${left} more columns have moved less.</p>` : html``;
  return html`<div class="wide" tabindex="0" role="region" aria-label="How far columns have drifted"><table>
<thead><tr><th scope="col">column</th><th scope="col" class="number">PSI</th><th scope="col" class="number">by chance</th><th scope="col" class="number">KS</th><th scope="col" class="number">by chance</th><th scope="col"></th></tr></thead>
<tbody>
${shown.map(driftRow)}
</tbody>
</table></div>
${note}`;
}

function driftRow({ name, psi, psiByChance, ks, ksByChance, isDrifted }: Drift): Html {
  const cells = [psi, psiByChance, ks, ksByChance].map(
    (figure) => html`<td class="number">${figure === null ? '' : figure.toFixed(4)}</td>`,
  );
  return html`<tr><th scope="row">${name}</th>${cells}<td>${isDrifted ? 'drifted' : ''}</td></tr>`;
}

/** The lead of the challenger and its interval, beside no lead at all. */
function intervalFigure(comparison: NonNullable<Evidence['comparison']>): Html[] {
  if ('impossible' in comparison) return [];
  const { champion, challenger, low, high } = comparison;
  const lead = challenger - champion;
  const reach = 1.1 * Math.max(Math.abs(low), Math.abs(high), Math.abs(lead), 0.001);
  const x = (value: number) => (width / 2 + (width / 2) * (value / reach)).toFixed(1);
  const description = `A lead of ${scoreText(lead)}; the 95 % interval goes from ${scoreText(low)} to ${scoreText(high)}.`;
  return [
    html`<figure class="lead-figure">
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${description}">
<path class="none" d="M${x(0)} 0V${height}"/>
<path class="interval" d="M${x(low)} ${height / 2}H${x(high)}"/>
<circle cx="${x(lead)}" cy="${height / 2}" r="5"/>
</svg>
<figcaption>How much its ROC AUC lies above the champion's (right of the line) or below it, with the 95 % interval.</figcaption>
</figure>`,
  ];
}
