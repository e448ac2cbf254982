import { type Html, html } from '../../runtime/html.ts';
import { absent } from '../charts.ts';
import { MOST_FEATURES } from '../credit/sample.ts';
import type { CreditReport, FeatureEffect } from '../credit-report.ts';
import { grouped, rounded } from '../tables.ts';

/** Impurity and permutation importance of each feature beside each other, the most important first. */
export function effectSection({ features, sampleRows }: CreditReport): Html {
  const shown = features.slice(0, MOST_FEATURES);
  const largest = (of: (effect: FeatureEffect) => number) => Math.max(...shown.map(of), Number.MIN_VALUE);
  const share = ({ impurityShare }: FeatureEffect) => impurityShare ?? 0;
  const loss = ({ permutation }: FeatureEffect) => permutation?.mean ?? 0;
  return html`<section aria-labelledby="importances">
<h2 id="importances">Which features it goes by</h2>
${shown.every((effect) => effect.permutation === null) ? absent('No permutation importance: the loans it is measured on are of one class.') : ''}
<div class="wide" role="region" tabindex="0" aria-label="Importance of the features">
<table class="effects">
<caption>The share of what splits lower the impurity by, and how far the ROC AUC falls when a feature's values change places${onlyFirst(features.length)}</caption>
<thead><tr><th scope="col">feature</th><th scope="col">impurity</th><th scope="col">permutation</th><th scope="col">±</th></tr></thead>
<tbody>
${shown.map(
  (effect) => html`<tr><th scope="row">${effect.name}</th>
<td>${rounded(effect.impurityShare)}${bar(share(effect) / largest(share))}</td>
<td>${rounded(effect.permutation?.mean ?? null)}${bar(loss(effect) / largest(loss))}</td>
<td>${rounded(effect.permutation?.deviation ?? null)}</td></tr>`,
)}
</tbody>
</table>
</div>
<p class="note">Permutation: mean and deviation of five, on ${grouped(sampleRows)} of the test loans, which the split has shuffled.</p>
</section>`;
}

/** Said in captions where not all features are shown. */
export function onlyFirst(features: number): string {
  return features > MOST_FEATURES
    ? `: the first ${MOST_FEATURES} of ${features}, the others are in model_card.json`
    : '';
}

function bar(share: number): Html {
  const width = (100 * Math.max(share, 0)).toFixed(1);
  return html`<svg class="cell-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="importance" width="${width}" height="10"/></svg>`;
}
