import { type Html, html } from '../../runtime/html.ts';
import type { ModelCard } from '../model-card.ts';

const WIDTH = 480;
const HEIGHT = 170;
const BOTTOM = 26;

/** Where the classes lie on the scale of probabilities, each class as shares of its own. */
export function distributionSection({ scoreDistribution: { repaid, defaulted } }: ModelCard): Html {
  const shares = [repaid, defaulted].map(sharesOf);
  const highest = Math.max(...shares.flat());
  const [ofRepaid = [], ofDefaulted = []] = shares;
  return html`<section aria-labelledby="distribution">
<h2 id="distribution">Where the classes lie</h2>
<figure>
<svg class="plot distribution" viewBox="0 0 ${WIDTH} ${HEIGHT + BOTTOM}" role="img" aria-labelledby="distribution-title distribution-desc">
<title id="distribution-title">Predicted probabilities by class</title>
<desc id="distribution-desc">Half of the repaid loans lie below ${middle(repaid)}, half of the defaults above ${middle(defaulted)}.</desc>
<path class="repaid-area" d="${outline(ofRepaid, highest)}"/>
<path class="defaulted-area" d="${outline(ofDefaulted, highest)}"/>
<path class="axis" d="M0 ${HEIGHT}H${WIDTH}"/>
${[0, 0.25, 0.5, 0.75, 1].map(tick)}
</svg>
<figcaption><span class="key repaid"></span>repaid <span class="key defaulted"></span>defaulted, by predicted probability of a default, each class as shares of its own.</figcaption>
</figure>
</section>`;
}

function sharesOf(counts: readonly number[]): number[] {
  const rows = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => (rows === 0 ? 0 : count / rows));
}

/** The edge nearest above the middle row of a class. */
function middle(counts: readonly number[]): string {
  const rows = counts.reduce((sum, count) => sum + count, 0);
  let below = 0;
  const bin = counts.findIndex((count) => {
    below += count;
    return 2 * below >= rows;
  });
  return rows === 0 ? '– (there are none)' : ((bin + 1) / counts.length).toFixed(2);
}

function outline(shares: readonly number[], highest: number): string {
  const steps = shares.map((share, bin) => {
    const top = (HEIGHT * (1 - share / highest)).toFixed(1);
    return `V${top}H${((WIDTH * (bin + 1)) / shares.length).toFixed(1)}`;
  });
  return `M0 ${HEIGHT}${steps.join('')}V${HEIGHT}Z`;
}

function tick(at: number): Html {
  const anchor = at === 0 ? 'start' : at === 1 ? 'end' : 'middle';
  return html`<text x="${at * WIDTH}" y="${HEIGHT + 18}" text-anchor="${anchor}">${at}</text>`;
}
