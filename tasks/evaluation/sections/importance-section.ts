import { type Html, html } from '../../runtime/html.ts';
import type { FeatureImportance } from '../importances.ts';

const BAR_LEFT = 96;
const BAR_WIDTH = 200;
const WIDTH = BAR_LEFT + BAR_WIDTH + 50;
const ROW_HEIGHT = 28;

/** A bar for each feature, the most important first. Nothing where no importance is above 0. */
export function importanceSection(importances: readonly FeatureImportance[]): Html {
  const sorted = importances.toSorted((a, b) => b.share - a.share);
  const largest = sorted[0]?.share ?? 0;
  if (!(largest > 0)) return html``;
  return html`<section aria-labelledby="importances">
<h2 id="importances">Which features it goes by</h2>
<figure>
<svg class="plot" viewBox="0 0 ${WIDTH} ${ROW_HEIGHT * sorted.length}" role="img" aria-labelledby="importances-title importances-desc">
<title id="importances-title">Feature importances</title>
<desc id="importances-desc">${sorted.map(({ name, share }) => `${name} ${share.toFixed(3)}`).join(', ')}.</desc>
${sorted.map((importance, row) => bar(importance, row, largest))}
</svg>
<figcaption>Each feature's share of what all splits of the forest lower the impurity by.</figcaption>
</figure>
</section>`;
}

function bar({ name, share }: FeatureImportance, row: number, largest: number): Html {
  const top = ROW_HEIGHT * row;
  const width = ((BAR_WIDTH * share) / largest).toFixed(1);
  return html`<text x="${BAR_LEFT - 8}" y="${top + 18}" text-anchor="end">${name}</text>
<rect class="importance" x="${BAR_LEFT}" y="${top + 6}" width="${width}" height="${ROW_HEIGHT - 12}"/>
<text x="${BAR_LEFT + BAR_WIDTH + 8}" y="${top + 18}">${share.toFixed(3)}</text>`;
}
