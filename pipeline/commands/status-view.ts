import { styleText } from 'node:util';
import { wrap } from '../../tasks/runtime/wrap.ts';
import { attemptReason, durationText } from '../monitoring/durations.ts';
import {
  type AttemptReport,
  type RunReport,
  scoreOf,
  type TaskReport,
  type UnreadableRun,
  warningsOf,
} from '../monitoring/run-report.ts';
import { type AlwaysOn, costText } from './cost-view.ts';
import { tableText } from './table.ts';

/** All runs, a line each. @param champion the run whose model is champion */
export function overviewText(
  description: string,
  reports: readonly (RunReport | UnreadableRun)[],
  champion: string | undefined,
  width: number,
): string {
  const head = wrap(description, width, '');
  if (reports.length === 0) return `${head}no runs yet\n`;
  const rows = reports.flatMap((report) =>
    'unreadable' in report ? [] : [rowOf(report, report.timestamp === champion)],
  );
  const unreadable = reports.flatMap((report) => ('unreadable' in report ? [wrap(report.unreadable, width, '')] : []));
  const table = tableText([['run', 'state', 'started (UTC)', 'accuracy', 'tasks'], ...rows], width);
  return `${head}\n${table}${unreadable.join('')}`;
}

function rowOf(report: RunReport, isChampion: boolean): string[] {
  const { timestamp, startedAt } = report;
  return [
    timestamp,
    stateText(report),
    startedAt.slice(0, 16),
    scoreText(report, 'accuracy'),
    `${tasksText(report)}${isChampion ? ', champion' : ''}`,
  ];
}

/** The tasks that are done as a number, the others by name. */
function tasksText({ tasks }: RunReport): string {
  const others = tasks.filter(({ state }) => state !== 'success' && state !== 'none');
  const done = `${tasks.filter(({ state }) => state === 'success').length} of ${tasks.length} done`;
  return [done, ...others.map(({ taskId, state }) => `${taskId} ${state}`)].join(', ');
}

/** One run: its tasks with their attempts, its scores, and where its artifacts are. */
export function runText(
  report: RunReport,
  artifactUrls: readonly string[],
  verdict: readonly string[],
  alwaysOn: AlwaysOn,
  width: number,
): string {
  const started = report.startedAt.slice(0, 19).replace('T', ' ');
  const head = wrap(`${report.runId}: ${stateText(report)}, started ${started} (UTC)`, width, '  ');
  const table = tableText([['task', 'state', 'start (UTC)', 'duration', ''], ...report.tasks.flatMap(taskRows)], width);
  const isChargeShown = report.tasks.some(({ attempts }) => attempts.some((attempt) => chargeText(attempt) !== ''));
  const meaning = 'a charged attempt counts as a retry, an uncharged one was lost or preempted';
  const legend = isChargeShown ? `\n${wrap(meaning, width, '')}` : '';
  const artifacts = artifactUrls.map((url) => `  ${url}\n`).join('');
  const cost = costText(report.cost, alwaysOn, width);
  return `${head}\n${table}${scoresText(report, width)}${verdict.map((text) => wrap(text, width, '')).join('')}${artifacts && `\nArtifacts\n${artifacts}`}${cost && `\n${cost}`}${legend}`;
}

function taskRows({ taskId, state, attempts, retryAt, reason, note }: TaskReport): string[][] {
  const why = retryAt ? `next attempt at ${retryAt}` : (note ?? (state === 'success' ? '' : (reason ?? '')));
  return [[taskId, state, '', '', why], ...attempts.map((attempt) => attemptRow(attempt, why))];
}

/** A reason that the task's line gives already is not given again. */
function attemptRow(attempt: AttemptReport, taskReason: string): string[] {
  const since = attempt.phase === 'queued' ? attempt.queuedAt : (attempt.startedAt ?? attempt.queuedAt);
  const reason = attemptReason(attempt) ?? '';
  const details = [placeText(attempt), chargeText(attempt), taskReason.includes(reason) ? '' : reason];
  return [
    `  attempt ${attempt.number}`,
    attempt.phase === 'ended' ? outcomeText(attempt) : attempt.phase,
    since.slice(11, 19),
    durationText(attempt.seconds),
    details.filter((part) => part !== '').join(', '),
  ];
}

/** Only a cluster has nodes; on-demand is said also where none is known yet. */
function placeText({ placement, node }: AttemptReport): string {
  if (!node) return placement === 'on-demand' ? placement : '';
  return `${placement} on ${node.name}${node.type ? ` (${node.type})` : ''}`;
}

interface Ended {
  readonly outcome: string;
  readonly exitCode?: number | undefined;
}

function outcomeText({ outcome, exitCode }: Ended): string {
  return exitCode === undefined || exitCode === 0 ? outcome : `${outcome} (${exitCode})`;
}

function chargeText({ isCharged, isUncharged }: AttemptReport): string {
  if (isCharged) return 'charged';
  return isUncharged ? 'uncharged' : '';
}

function stateText({ state, isLed }: RunReport): string {
  if (state === 'running') return isLed ? 'running' : 'unfinished, not led';
  return styleText(state === 'success' ? 'green' : 'red', state);
}

function scoresText(report: RunReport, width: number): string {
  if (!report.metrics) return '';
  const scores = ['accuracy', 'precision', 'recall', 'f1'].map((name) => `${name} ${scoreText(report, name)}`);
  const warnings = warningsOf(report).map((warning) => wrap(`warning: ${warning}`, width, ''));
  return `\n${scores.join('  ')}\n${warnings.join('')}`;
}

function scoreText(report: RunReport, name: string): string {
  return scoreOf(report, name)?.toFixed(4) ?? '';
}
