import type { Evidence, Rule, Verdict } from './verdict.ts';

/** What was decided then, and upon what: a sentence each, for people. */
export function verdictTexts(verdict: Verdict): string[] {
  return [decisionText(verdict), ...comparisonTexts(verdict)];
}

/** One sentence, of what was decided then. */
export function decisionText({ decision, rules, timestamp, against }: Verdict): string {
  const unmet = rules.filter(({ isMet }) => !isMet).map(ruleText);
  const passed = rules.length > 0 ? `, it passes ${rules.map(({ name }) => name).join(', ')}` : '';
  const still = against === null ? '' : `; that of ${against} stays the champion`;
  switch (decision) {
    case 'promoted':
      return `the model of ${timestamp} became the champion${passed}`;
    case 'rejected':
      return `the model was rejected: ${unmet.join('; ')}${still}`;
    case 'waits':
      return `the model waits: 'npx pipeline promote ${timestamp} --reason TEXT' makes it the champion${passed}`;
    case 'older':
      return `the model was not made champion, since that of a later run was${passed}`;
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
    `on ${rows} loans that neither was trained on its ROC AUC is ${scoreText(challenger)}, that of ${against} ${scoreText(champion)}: ` +
      `a lead of ${lead} (95 % interval ${scoreText(low)} to ${scoreText(high)})`,
  ];
}

/** Four digits behind the point at most. */
export function scoreText(score: number): string {
  return String(Math.round(10_000 * score) / 10_000);
}
