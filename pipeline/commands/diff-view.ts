import type { ComparedValue, Comparison } from '../monitoring/compare-runs.ts';
import { tableText } from './table.ts';

type Runs = readonly [first: string, second: string];

interface Section {
  readonly title: string;
  readonly values: readonly ComparedValue[];
  /** What stands behind the two values. */
  readonly noteOf: (value: ComparedValue) => string;
}

/** In what the runs differ, and a table for each such thing. Differing lines begin with ≠. */
export function comparisonText(runs: Runs, comparison: Comparison): string {
  if (comparison.isSame) return 'the runs are the same, byte for byte\n';
  const sections = sectionsOf(comparison);
  const same = sections.filter(({ values }) => values.every(({ isSame }) => isSame));
  const differing = sections.filter((section) => !same.includes(section));
  const tables = differing.map((section) => sectionText(runs, section)).join('');
  const rest = same.length > 0 ? `\nthe same: ${titlesOf(same)}\n` : '';
  return `the runs differ in ${titlesOf(differing)}\n${tables}${rest}`;
}

function titlesOf(sections: readonly Section[]): string {
  return sections.map(({ title }) => title).join(', ');
}

/** Of what at least one run has. */
function sectionsOf({ loans, profile, parameters, trees, scores, artifacts }: Comparison): Section[] {
  const { first, second, inCommon } = trees;
  const model = { name: 'trees', first, second, isSame: first === inCommon && second === inCommon };
  const stateOf = ({ name }: ComparedValue) => artifacts.find((artifact) => artifact.name === name)?.state ?? '';
  const sections: readonly Section[] = [
    { title: 'loans', values: loans, noteOf: changeText },
    { title: 'data profile', values: profile, noteOf: changeText },
    { title: 'settings', values: parameters, noteOf: changeText },
    { title: 'model', values: (first ?? second) ? [model] : [], noteOf: () => `${inCommon} in common` },
    { title: 'scores', values: scores, noteOf: changeText },
    { title: 'artifacts', values: artifacts, noteOf: stateOf },
  ];
  return sections.filter(({ values }) => values.length > 0);
}

function sectionText([first, second]: Runs, { title, values, noteOf }: Section): string {
  const rows = values.map((value) => [value.name, textOf(value.first), textOf(value.second), noteOf(value)]);
  const marks = ['', ...values.map((value) => (value.isSame ? '' : '≠'))];
  const table = alignedRight([[title, first, second, ''], ...rows]);
  return `\n${tableText(table.map((row, at) => [marks[at] ?? '', ...row]))}`;
}

/** The second and third column. */
function alignedRight(rows: readonly (readonly string[])[]): string[][] {
  const widthOf = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const widths = [0, widthOf(1), widthOf(2), 0];
  return rows.map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)));
}

function textOf(value: ComparedValue['first']): string {
  if (value === null) return 'none';
  if (typeof value === 'number') return value.toLocaleString('en-US', { maximumFractionDigits: 4 });
  // of a hash the beginning tells them apart
  return /^[0-9a-f]{64}$/.test(value) ? value.slice(0, 12) : value;
}

function changeText({ first, second, isSame }: ComparedValue): string {
  if (isSame || typeof first !== 'number' || typeof second !== 'number') return '';
  const change = second - first;
  const size = Math.abs(change) < 0.0001 ? Math.abs(change).toExponential(1) : textOf(Math.abs(change));
  return `${change < 0 ? '-' : '+'}${size}`;
}
