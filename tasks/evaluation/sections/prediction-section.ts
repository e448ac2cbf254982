import { type Html, html } from '../../runtime/html.ts';
import { classBar } from '../charts.ts';
import type { Frame } from '../frames.ts';
import type { Metrics } from '../metrics.ts';
import { frameTable } from '../tables.ts';

export function predictionSection(classCounts: Metrics['classCounts'], classBalance: Frame, confusion: Frame): Html {
  return html`<section aria-labelledby="predictions">
<h2 id="predictions">What happened, and what was predicted</h2>
${classBar(classCounts)}
<div class="pair">
${frameTable(classBalance, 'balance', 'Class balance of the test loans')}
${frameTable(confusion, 'confusion', 'Confusion matrix of the test loans')}
</div>
</section>`;
}
