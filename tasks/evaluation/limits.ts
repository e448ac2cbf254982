import { FEWEST_ROWS } from './credit/groups.ts';
import { MOST_FEATURES } from './credit/sample.ts';
import type { CreditReport } from './credit-report.ts';
import { list } from './list.ts';
import type { Metrics } from './metrics.ts';
import { grouped } from './tables.ts';

/** What keeps the numbers from saying more: a sentence each, the scores' own warnings first. */
export function limitsOf(metrics: Metrics, credit: CreditReport | undefined): string[] {
  return [
    ...metrics.warnings,
    ...rareClasses(metrics),
    'only loans that were granted have an outcome: nothing is known of those that were refused',
    'the test loans are drawn from the same table as the training loans: loans of another time or place may differ',
    ...(credit ? limitsOfCredit(credit, metrics.rows) : []),
  ];
}

function rareClasses({ classCounts: { repaid, defaulted } }: Metrics): string[] {
  const rare = [
    { count: defaulted, what: 'defaults' },
    { count: repaid, what: 'loans that were repaid' },
  ];
  return rare
    .filter(({ count }) => count < FEWEST_ROWS)
    .map(({ count, what }) => `the test loans have ${count} ${what}, fewer than ${FEWEST_ROWS}: the scores are rough`);
}

function limitsOfCredit({ groups, sampleRows, features, bootstrap }: CreditReport, rows: number): string[] {
  const limits: string[] = [];
  if (groups.length === 0) limits.push('the dataset names no groups: nothing is said of how groups of people fare');
  for (const { column, groups: found, withoutRows } of groups) {
    const unfair = found.filter(({ reachesFourFifths }) => reachesFourFifths === false).map(({ group }) => group);
    if (unfair.length > 0)
      limits.push(`${column}: less than four fifths of the highest approval rate for ${list(unfair)}`);
    const small = found.filter((group) => group.rows < FEWEST_ROWS).map(({ group }) => group);
    if (small.length > 0)
      limits.push(`${column}: fewer than ${FEWEST_ROWS} test loans of ${list(small)}, which are compared with none`);
    if (withoutRows.length > 0) limits.push(`${column}: no test loan of ${list(withoutRows)}`);
  }
  if (sampleRows < rows)
    limits.push(
      `permutation importance and partial dependence are measured on the first ${grouped(sampleRows)} of the ${grouped(rows)} test loans, a random sample`,
    );
  if (features.length > MOST_FEATURES)
    limits.push(
      `they are measured of ${MOST_FEATURES} of the ${features.length} features, those that most of the impurity is lowered by`,
    );
  if (features[0]?.permutation === null)
    limits.push('the loans that importances are measured on are all of one class: there is no permutation importance');
  return [...limits, ...limitsOfBootstrap(bootstrap, rows)];
}

function limitsOfBootstrap({ rows, resamples, skipped, intervals }: CreditReport['bootstrap'], all: number): string[] {
  const limits: string[] = [];
  if (intervals === null) limits.push('there are no intervals: the test loans are all of one class');
  else if (skipped > 0)
    limits.push(`${skipped} of ${resamples} resamples had one class only, and are left out of the intervals`);
  if (rows < all)
    limits.push(
      `the intervals are those of the first ${grouped(rows)} of the ${grouped(all)} test loans: a little too wide`,
    );
  return limits;
}
