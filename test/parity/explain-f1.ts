const f1Line = /^F1 Score: (\d\.\d{4})\n$/m;
const otherFormulaBefore = [1, 3] as const;

/**
 * What to say of metrics that differ in the last digit of F1 alone, where scikit-learn is so old that it computes F1 from
 * the rounded precision and recall and not from the counts.
 */
export function explainF1(ours: string, theirs: string, version: string): string | undefined {
  const [our, their] = [f1Of(ours), f1Of(theirs)];
  const areOthersEqual = ours.replace(f1Line, '') === theirs.replace(f1Line, '');
  if (!isOld(version) || !areOthersEqual || Math.abs(tenThousandths(our) - tenThousandths(their)) !== 1)
    return undefined;
  return `F1 is ${our} here, ${their} in scikit-learn ${version}: before 1.3 it rounds precision and recall first`;
}

function f1Of(text: string): string {
  return f1Line.exec(text)?.[1] ?? 'missing';
}

function tenThousandths(score: string): number {
  return Math.round(Number(score) * 10_000);
}

function isOld(version: string): boolean {
  const [major = Number.NaN, minor = Number.NaN] = version.split('.').map(Number);
  const [sinceMajor, sinceMinor] = otherFormulaBefore;
  return major < sinceMajor || (major === sinceMajor && minor < sinceMinor);
}
