import { type Html, html } from '../../runtime/html.ts';
import { list } from '../list.ts';
import type { ModelCard } from '../model-card.ts';
import { grouped } from '../tables.ts';

/** What the model is for, from what it was made, and what its numbers do not say. */
export function cardSection({ intendedUse, data, parameters, limits, provenance }: ModelCard): Html {
  const { testClassCounts: counts, source, rows, trainingRows, testRows } = data;
  return html`<section aria-labelledby="card">
<h2 id="card">Model card</h2>
<p>${intendedUse.purpose} ${intendedUse.decision}</p>
<ul class="limits" aria-label="Limits">
${limits.map((limit) => html`<li>${limit}</li>`)}
</ul>
${rowsOf('Data and parameters', [
  ['data', `${grouped(rows)} loans of ${source}: ${grouped(trainingRows)} to train, ${grouped(testRows)} to test`],
  ['test loans', `${grouped(counts.repaid)} repaid, ${grouped(counts.defaulted)} defaulted`],
  ['classes', intendedUse.classes.map((name, label) => `${label} ${name}`).join(', ')],
  ['features', `${intendedUse.features.length}: ${list(intendedUse.features)}`],
  ...Object.entries(parameters),
])}
${rowsOf(
  'Provenance: SHA-256',
  Object.entries(provenance).map(([name, sha256]) => [
    name.replace(/[A-Z]/, (capital) => ` ${capital.toLowerCase()}`),
    sha256,
  ]),
  'hash',
)}
</section>`;
}

function rowsOf(caption: string, rows: readonly (readonly [name: string, value: string])[], name = ''): Html {
  return html`<table class="card">
<caption>${caption}</caption>
<tbody>
${rows.map(([what, value]) => html`<tr><th scope="row">${what}</th><td class="${name}">${value}</td></tr>`)}
</tbody>
</table>`;
}
