import type { Drift } from '../models/drift.ts';
import { tableText } from './table.ts';

const width = 80;

/** A line for each column, and for the score where both runs have one. */
export function driftText([current, reference]: readonly [string, string], drifts: readonly Drift[]): string {
  const drifted = drifts.filter(({ isDrifted }) => isDrifted).length;
  const heading = ['', ...['PSI', 'chance', 'KS', 'chance'].map(alignedRight), ''];
  const rows = drifts.map((drift) => {
    const { isDrifted, psi, psiByChance, ks, ksByChance } = drift;
    const figures = [psi, psiByChance, ks, ksByChance].map((figure) => alignedRight(figureText(figure)));
    return [isDrifted ? '≠' : '', ...figures, nameText(drift)];
  });
  const first = `${current} against ${reference}: ${drifted} of ${drifts.length} drifted\n`;
  return `${first}\n${tableText([heading, ...rows], width)}`;
}

function nameText({ name, part, nullShares, note }: Drift): string {
  const { reference, current } = nullShares;
  const role = part === 'feature' ? '' : part === 'label' ? ' (label)' : ' (of the test loans)';
  const nulls =
    (reference ?? 0) + (current ?? 0) > 0 ? [`NULL in ${shareText(current)}, was ${shareText(reference)}`] : [];
  return [`${name}${role}`, ...nulls, ...(note === null ? [] : [note])].join('; ');
}

function figureText(figure: number | null): string {
  if (figure === null) return '-';
  return figure !== 0 && figure < 0.0001 ? '<0.0001' : figure.toFixed(4);
}

function shareText(share: number | null): string {
  return share === null ? 'none' : `${(100 * share).toFixed(1)} %`;
}

function alignedRight(text: string): string {
  return text.padStart('0.0000'.length + 1);
}
