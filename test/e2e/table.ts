import { tableText } from '../../pipeline/commands/table.ts';
import type { Recovery } from './measures.ts';

export interface Finding {
  readonly charged: number;
  readonly recovery?: Recovery;
  /** Seconds for each task. */
  readonly overheads?: readonly number[];
  /** Worth a line below the table. */
  readonly remark?: string;
}

export type Result =
  | { readonly scenario: string; readonly outcome: 'passed'; readonly finding: Finding }
  | { readonly scenario: string; readonly outcome: 'failed' | 'not run'; readonly why: string };

const heads = ['scenario', 'outcome', 'charged', 'loss → Job, s', 'loss → running, s', 'overhead of each task, s'];

/** The results as a table, with what failed or was not run explained below it. */
export function resultsText(results: readonly Result[]): string {
  const remarks = results.flatMap(remarkOf);
  return [tableText([heads, ...results.map(rowOf)]), ...remarks.map((remark) => `${remark}\n`)].join('');
}

function rowOf(result: Result): string[] {
  if (result.outcome !== 'passed') return [result.scenario, result.outcome, '', '', '', ''];
  const { charged, recovery, overheads = [] } = result.finding;
  const times = [recovery?.jobCreated, recovery?.podRunning].map(secondsText);
  return [result.scenario, 'passed', String(charged), ...times, overheads.map(secondsText).join(' ')];
}

function remarkOf(result: Result): string[] {
  if (result.outcome !== 'passed') return [`${result.scenario}: ${result.outcome}: ${result.why}`];
  return result.finding.remark === undefined ? [] : [`${result.scenario}: ${result.finding.remark}`];
}

export function secondsText(seconds: number | undefined): string {
  return seconds === undefined || Number.isNaN(seconds) ? '–' : seconds.toFixed(1);
}
