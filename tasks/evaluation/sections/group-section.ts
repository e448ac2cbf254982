import { type Html, html } from '../../runtime/html.ts';
import type { GroupedScores, GroupScores } from '../credit/groups.ts';
import type { CreditReport } from '../credit-report.ts';
import { percent, rounded, wideTable } from '../tables.ts';

const COLUMNS = ['loans', 'defaults', 'approval rate', 'of the highest', 'precision', 'recall', 'ROC AUC'];

/** A table for each grouped feature; nothing where the dataset names none. */
export function groupSections({ groups }: CreditReport): Html[] {
  if (groups.length === 0) return [];
  return [
    html`<section aria-labelledby="groups">
<h2 id="groups">How groups of people fare</h2>
<p>A loan counts as approved where it is predicted as repaid. By the four-fifths rule a group's approval rate should be at least 80 % of the highest one.</p>
${groups.map(groupTable)}
</section>`,
  ];
}

function groupTable({ column, groups, withoutRows }: GroupedScores, g: number): Html {
  const table = { columns: [column, ...COLUMNS], rows: groups.map(rowOf) };
  return html`${wideTable(table, `groups groups-${g}`, `Test loans by ${column}`)}
${withoutRows.length === 0 ? '' : html`<p class="note">No test loan: ${withoutRows.join(', ')}.</p>`}`;
}

function rowOf(scores: GroupScores) {
  const { approvalRatio, reachesFourFifths } = scores;
  const mark = reachesFourFifths === false ? ' (below 80 %)' : '';
  return [
    scores.group,
    scores.rows,
    scores.defaults,
    percent(scores.approvalRate),
    approvalRatio === null ? 'not compared' : `${percent(approvalRatio)}${mark}`,
    rounded(scores.precision),
    rounded(scores.recall),
    rounded(scores.rocAuc),
  ];
}
