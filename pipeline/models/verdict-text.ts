import type { Champion } from './champion.ts';
import type { Drift } from './drift.ts';
import { drifted, type Evidence, type Rule, type Verdict } from './verdict.ts';

const namedColumns = 5;

/** What was decided then, and upon what: a sentence each, for people. */
export function verdictTexts(verdict: Verdict): string[] {
  return [decisionText(verdict), ...comparisonTexts(verdict), ...driftTexts(verdict)];
}

/** Whose model is to be used now; a verdict is of its time. */
export function championText({
  timestamp,
  reason,
  decidedBy,
}: Pick<Champion, 'timestamp' | 'reason' | 'decidedBy'>): string {
  return `the champion is the model of ${timestamp}: ${reason} (${decidedBy})`;
}

/** One sentence, of what was decided then. */
export function decisionText({ decision, rules, timestamp, against }: Verdict): string {
  const unmet = rules.filter(({ isMet }) => !isMet).map(ruleText);
  const passed = rules.length > 0 ? `, it passes ${rules.map(({ name }) => name).join(', ')}` : '';
  const standing = against === timestamp ? 'the earlier one of its run' : `that of ${against}`;
  const still = against === null ? '' : `; ${standing} stays the champion`;
  switch (decision) {
    case 'promoted':
      return `the model of ${timestamp} became the champion${passed}`;
    case 'rejected':
      return `the model was rejected: ${unmet.join('; ')}${still}`;
    case 'waits':
      return `the model waits: 'npx pipeline promote ${timestamp} --reason TEXT' makes it the champion${passed}`;
    case 'older':
      return `the model did not become the champion, whose loans are later${passed}`;
  }
}

function ruleText({ name, of, value, limit }: Rule): string {
  return `${name} is ${limit}, and ${of} is ${value === null ? 'undefined on the test loans' : scoreText(value)}`;
}

export function comparisonTexts({ comparison, against }: Evidence): string[] {
  if (comparison === null) return [];
  if ('impossible' in comparison) return [`no fair comparison with ${against} was possible: ${comparison.impossible}`];
  const { rows, champion, challenger, low, high } = comparison;
  const lead = scoreText(challenger - champion);
  return [
    `on ${rows.toLocaleString('en-US')} loans that neither was trained on its ROC AUC is ${scoreText(challenger)}, that of ${against} ${scoreText(champion)}: ` +
      `a lead of ${lead} (95 % interval ${scoreText(low)} to ${scoreText(high)}: ${low > 0 || high < 0 ? 'more than' : 'may be'} chance)`,
  ];
}

export function driftTexts({ drift, against }: Evidence): string[] {
  if (drift === null) return [];
  if ('impossible' in drift)
    return [`how far its loans have moved from those of ${against} is not known: ${drift.impossible}`];
  const moved = drifted(drift);
  if (moved.length === 0)
    return [`nothing of it has drifted from ${against}: ${drift.length} columns and scores compared`];
  const more = moved.length > namedColumns ? ', …' : '';
  const named = moved.slice(0, namedColumns).map(columnText).join(', ');
  return [
    `${moved.length} of ${drift.length} columns and scores ${moved.length === 1 ? 'has' : 'have'} drifted from those of ${against}: ${named}${more}`,
  ];
}

function columnText({ name, psi, psiByChance }: Drift): string {
  return `${name} (PSI ${scoreText(psi ?? 0)}, by chance ${scoreText(psiByChance ?? 0)})`;
}

/** As the other scores of a run are shown. */
export function scoreText(score: number): string {
  return score.toFixed(4).replace(/^-(?=0\.0000$)/, '');
}
