import { type Html, html } from '../../runtime/html.ts';
import type { CreditReport } from '../credit-report.ts';
import type { ModelCard } from '../model-card.ts';
import { frameTable, grouped, rounded } from '../tables.ts';

const names: Readonly<Record<string, string>> = {
  accuracy: 'Accuracy',
  precision: 'Precision',
  recall: 'Recall',
  f1: 'F1 score',
  rocAuc: 'ROC AUC',
  ks: 'KS',
  logLoss: 'Log loss',
  brierScore: 'Brier score',
};

export function intervalSection({ scores }: ModelCard, { bootstrap }: CreditReport): Html {
  const rows = Object.entries(scores).flatMap(([score, { value, low, high }]) =>
    low === undefined || high === undefined
      ? []
      : [[names[score] ?? score, rounded(value), rounded(low), rounded(high)]],
  );
  if (rows.length === 0) return html``;
  return html`<section aria-labelledby="intervals">
<h2 id="intervals">How far the scores would vary over other loans</h2>
${frameTable({ columns: ['score', 'these loans', 'from', 'to'], rows }, 'plain', '95 % intervals of the scores')}
<p class="note">From ${bootstrap.resamples - bootstrap.skipped} resamples of ${grouped(bootstrap.rows)} test loans, drawn with replacement.</p>
</section>`;
}
