import { type Html, html } from '../../runtime/html.ts';
import type { Metrics } from '../metrics.ts';
import { formatScore } from '../metrics-text.ts';

export function scoreSection({ accuracy, precision, recall, f1, rocAuc, logLoss, brierScore }: Metrics): Html {
  return html`<section aria-labelledby="scores">
<h2 id="scores">Scores</h2>
<dl class="scores">
${score('Accuracy', formatScore(accuracy), 'of all loans were predicted rightly')}
${score('Precision', formatScore(precision), 'of the loans flagged did default')}
${score('Recall', formatScore(recall), 'of the defaults were flagged')}
${score('F1 score', formatScore(f1), 'harmonic mean of precision and recall')}
</dl>
<dl class="scores losses">
${score('ROC AUC', rocAuc === null ? 'undefined' : formatScore(rocAuc), 'guessing gives 0.5, a perfect ranking 1')}
${score('Log loss', formatScore(logLoss), 'of the probabilities; lower is better')}
${score('Brier score', formatScore(brierScore), 'mean squared error; lower is better')}
</dl>
</section>`;
}

function score(name: string, value: string, meaning: string): Html {
  return html`<div><dt>${name}</dt><dd class="value">${value}</dd><dd class="note">${meaning}</dd></div>`;
}
