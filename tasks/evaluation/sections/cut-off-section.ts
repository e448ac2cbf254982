import { type Html, html } from '../../runtime/html.ts';
import type { CutOff } from '../credit/cut-offs.ts';
import type { CreditReport } from '../credit-report.ts';
import { percent, rounded, wideTable } from '../tables.ts';

/** What approving up to each probability leads to; the cheapest of all stands at its place in the table. */
export function cutOffSection({ cutOffs: { costs, table, cheapest } }: CreditReport): Html {
  const all = [...table, cheapest].sort((a, b) => (a.cutOff ?? -1) - (b.cutOff ?? -1));
  return html`<section aria-labelledby="cut-offs">
<h2 id="cut-offs">What each cut-off leads to</h2>
<p>${sentenceOn(cheapest)} An approved default costs ${costs.falseNegative}, a refused loan that would have been repaid ${costs.falsePositive}.</p>
${wideTable(
  {
    columns: [
      'approved up to',
      'approval rate',
      'bad rate',
      'defaults approved',
      'repaid refused',
      'cost a loan',
      'remark',
    ],
    rows: all.map((one) => rowOf(one, one === cheapest)),
  },
  'cut-offs',
  'Approval rate, bad rate among the approved, and expected cost by cut-off',
)}
</section>`;
}

function sentenceOn({ cutOff, costPerLoan, approvalRate }: CutOff): string {
  const cost = `at ${rounded(costPerLoan)} a loan`;
  if (cutOff === null) return `It is cheapest to refuse every loan, ${cost}.`;
  if (cutOff === 1) return `It is cheapest to approve every loan, ${cost}.`;
  return `It is cheapest to approve loans up to a probability of ${rounded(cutOff)}, ${percent(approvalRate)} of all, ${cost}.`;
}

function rowOf(
  { cutOff, approvalRate, badRate, approvedDefaults, refusedRepaid, costPerLoan }: CutOff,
  isCheapest: boolean,
) {
  return [
    cutOff === null ? 'none' : isCheapest ? rounded(cutOff) : cutOff.toFixed(2),
    percent(approvalRate),
    percent(badRate),
    approvedDefaults,
    refusedRepaid,
    rounded(costPerLoan),
    isCheapest ? 'cheapest' : '',
  ];
}
