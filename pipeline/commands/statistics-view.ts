import { styleText } from 'node:util';
import { wrap } from '../../tasks/runtime/wrap.ts';
import { durationText } from '../monitoring/durations.ts';
import { type Quantiles, slowerBy, type TaskStatistics } from '../monitoring/statistics.ts';
import { tableText } from './table.ts';

/** Narrow enough for 80 columns: durations as `p50/p95/p99`. */
export function statisticsText(statistics: readonly TaskStatistics[], runs: number, width: number): string {
  const rows = statistics.map((task) => [
    task.taskId,
    String(task.attempts),
    quantilesText(task.durationSeconds),
    quantilesText(task.queueSeconds),
    percent(task.failureRate),
    percent(task.preemptionRate),
    percent(task.spotShare),
    trendText(task),
  ]);
  const head = ['task', 'n', 'ran', 'waited', 'failed', 'lost', 'spot', 'trend'];
  const legend = `${runs === 1 ? 'the last run' : `the last ${runs} runs`}; ran and waited are p50/p95/p99 of n attempts; trend is how the median changed against as many runs before, marked from +${100 * slowerBy} % on`;
  return `${tableText([head, ...rows], width)}\n${wrap(legend, width, '')}`;
}

function quantilesText({ p50, p95, p99 }: Quantiles): string {
  return p50 === null ? '–' : [p50, p95, p99].map((seconds) => shortText(seconds ?? 0)).join('/');
}

/** Seconds while they are few. */
function shortText(seconds: number): string {
  if (seconds < 100) return `${seconds.toFixed(seconds < 10 ? 1 : 0)}s`;
  return durationText(seconds)
    .replace(/ (min|h|s)\b/g, (_, unit: string) => unit.slice(0, 1))
    .replace(' ', '');
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function trendText({ trend, isSlower }: TaskStatistics): string {
  if (trend === null) return '–';
  const text = `${trend < 0 ? '−' : '+'}${Math.abs(Math.round(100 * trend))} %`;
  return isSlower ? styleText('red', `${text} slower`) : text;
}
