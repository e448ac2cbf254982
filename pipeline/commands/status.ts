import { styleText } from 'node:util';
import { ArtifactSet } from '../../tasks/artifacts/artifact-set.ts';
import { artifactNames, taskIds } from '../../tasks/artifacts/catalogue.ts';
import { readJson } from '../../tasks/artifacts/read-json.ts';
import { runOf } from '../../tasks/artifacts/run-dates.ts';
import { UsageError } from '../../tasks/runtime/errors.ts';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import { runCost } from '../monitoring/cost.ts';
import { loadRecords } from '../monitoring/load-records.ts';
import { taskStatistics } from '../monitoring/statistics.ts';
import { isProvablyDead } from '../orchestrator/lease.ts';
import { isCharged, isUncharged } from '../orchestrator/retry-policy.ts';
import { type AttemptRecord, type RunRecord, type TaskRecord, taskRecord } from '../orchestrator/run-record.ts';
import { InvalidRunRecord } from '../orchestrator/run-store.ts';
import { type Command, parseCommandLine, wholeNumberOption } from './command.ts';
import { type AlwaysOn, costText } from './cost-view.ts';
import { attemptReason, durationSeconds, durationText } from './run-view.ts';
import { statisticsText } from './statistics-view.ts';
import { tableText, wrap } from './table.ts';
import { openPipeline, type Pipeline } from './wiring.ts';

export const status: Command = {
  usage: 'status [RUN | --stats [--last N]] [--json]',
  summary: 'show the runs, or one run with its attempts and metrics, or how long tasks take',
  details: `  --stats    durations, waiting, failures and preemptions of each task
  --last N   in so many runs, compared with as many before (default: 10)`,
  example: 'npx pipeline status 2024-01-01',
  needs: 'store',
  async execute(args, { environment, surroundings }) {
    const options = { json: { type: 'boolean' }, stats: { type: 'boolean' }, last: { type: 'string' } } as const;
    const { values, operands } = parseCommandLine(args, options, ['RUN'], 0);
    const [text] = operands;
    if (values.stats && text !== undefined) throw new UsageError(['--stats is about all runs: give no RUN']);
    if (!values.stats && values.last !== undefined) throw new UsageError(['--last belongs to --stats']);
    const last = wholeNumberOption('last', values.last ?? '10', 1);
    const pipeline = await openPipeline(environment, surroundings);
    const report = await (values.stats
      ? statistics(pipeline, last)
      : text === undefined
        ? overview(pipeline)
        : details(pipeline, text));
    process.stdout.write(values.json ? `${JSON.stringify(report.data, null, 2)}\n` : report.text());
    return exitCodes.success;
  },
};

interface Report {
  readonly data: unknown;
  text(): string;
}

type RunReport = Awaited<ReturnType<typeof describeRun>>;

interface UnreadableRun {
  readonly timestamp: string;
  readonly unreadable: string;
}

async function overview(pipeline: Pipeline): Promise<Report> {
  const timestamps = await pipeline.runs.list();
  const reports = (await Promise.all(timestamps.map((timestamp) => reportOf(pipeline, timestamp)))).flat();
  return { data: reports, text: () => overviewText(pipeline, reports) };
}

async function details(pipeline: Pipeline, text: string): Promise<Report> {
  const { timestamp, runId } = runOf(pipeline.dag.schedule, text, pipeline.surroundings.clock());
  const [report] = await reportOf(pipeline, timestamp);
  if (!report) throw new UsageError([`there is no run ${runId}: 'npx pipeline status' names those that there are`]);
  const located = await locate(pipeline, timestamp);
  return {
    data: report,
    text: () =>
      'unreadable' in report
        ? wrap(report.unreadable, width(), '')
        : detailsText(report, located, alwaysOnOf(pipeline)),
  };
}

async function statistics({ dag, runs }: Pipeline, last: number): Promise<Report> {
  const records = await loadRecords(runs, 2 * last);
  const tasks = dag.tasks.map(({ taskId }) => taskId);
  const data = taskStatistics(records, tasks, last);
  return { data, text: () => statisticsText(data, Math.min(last, records.length), width()) };
}

interface Located {
  readonly store: string;
  /** Keys of what is published. */
  readonly artifacts: readonly string[];
}

async function locate({ store, dag }: Pipeline, timestamp: string): Promise<Located> {
  const set = new ArtifactSet(store, dag.dagId, timestamp);
  const keys = await Promise.all(
    artifactNames.map(async (name) => ((await set.arePublished([name])) ? [set.keyOf(name)] : [])),
  );
  return { store: store.url, artifacts: keys.flat() };
}

/** One record that cannot be read hides no other. */
async function reportOf(pipeline: Pipeline, timestamp: string): Promise<(RunReport | UnreadableRun)[]> {
  try {
    const stored = await pipeline.runs.load(timestamp);
    return stored ? [await describeRun(pipeline, stored.record)] : [];
  } catch (error) {
    if (error instanceof InvalidRunRecord) return [{ timestamp, unreadable: error.message }];
    throw error;
  }
}

async function describeRun(pipeline: Pipeline, record: RunRecord) {
  const { description, tags, runId, timestamp, state, startedAt, endedAt = null } = record;
  const { holder } = record.lease;
  const isLed = holder !== null && !isProvablyDead(holder);
  const unknown = Object.keys(record.tasks).filter((taskId) => !taskIds.some((known) => known === taskId));
  const now = pipeline.surroundings.clock();
  const tasks = [...taskIds, ...unknown].map((taskId) => describeTask(taskId, taskRecord(record, taskId), now));
  const metrics = await metricsOf(pipeline, record);
  const cost = runCost(pipeline.dag, record, pipeline.settings.PRICES, now);
  return { runId, timestamp, description, tags, state, isLed, startedAt, endedAt, tasks, metrics, cost };
}

function describeTask(taskId: string, { state, attempts, retryAt, reason }: TaskRecord, now: Date) {
  const last = attempts.at(-1);
  return {
    taskId,
    state,
    retryAt: retryAt ?? null,
    // the last attempt of a task that is done, or cleared, explains nothing
    reason: reason ?? (state === 'success' || state === 'none' ? null : ((last && attemptReason(last)) ?? null)),
    attempts: attempts.map((attempt) => ({
      ...attempt,
      seconds: durationSeconds(attempt, now),
      isCharged: attempt.phase === 'ended' && isCharged(attempt),
      isUncharged: attempt.phase === 'ended' && isUncharged(attempt),
    })),
  };
}

async function metricsOf({ store, dag }: Pipeline, { timestamp }: RunRecord): Promise<unknown> {
  const artifacts = new ArtifactSet(store, dag.dagId, timestamp);
  if (!(await artifacts.arePublished(['metricsJson']))) return null;
  return (await readJson(store, artifacts.keyOf('metricsJson'))) ?? null;
}

/** 80 columns fit everywhere; a wider terminal is used. */
const width = () => Math.max(80, process.stdout.columns || 80);

function overviewText({ dag }: Pipeline, reports: readonly (RunReport | UnreadableRun)[]): string {
  const head = wrap(`${dag.description} (${dag.tags.join(', ')})`, width(), '');
  if (reports.length === 0) return `${head}no runs yet\n`;
  const runs = reports.flatMap((report) => ('unreadable' in report ? [] : [report]));
  const rows = runs.map((report) => [
    report.timestamp,
    stateText(report),
    report.startedAt.slice(0, 16),
    metricText(report.metrics, 'accuracy'),
    tasksText(report),
  ]);
  const unreadable = reports.flatMap((report) =>
    'unreadable' in report ? [wrap(report.unreadable, width(), '')] : [],
  );
  const table = tableText([['run', 'state', 'started (UTC)', 'accuracy', 'tasks'], ...rows], width());
  return `${head}\n${table}${unreadable.join('')}`;
}

/** The tasks that are done as a number, the others by name. */
function tasksText({ tasks }: RunReport): string {
  const others = tasks.filter(({ state }) => state !== 'success' && state !== 'none');
  const done = `${tasks.filter(({ state }) => state === 'success').length} of ${tasks.length} done`;
  return [done, ...others.map(({ taskId, state }) => `${taskId} ${state}`)].join(', ');
}

function detailsText(report: RunReport, { store, artifacts }: Located, alwaysOn: AlwaysOn): string {
  const rows = report.tasks.flatMap(({ taskId, state, attempts, retryAt, reason }) => [
    [taskId, state, '', '', retryAt ? `next attempt at ${retryAt}` : state === 'success' ? '' : (reason ?? '')],
    ...attempts.map((attempt) => [
      `  attempt ${attempt.number}`,
      attempt.phase === 'ended' ? outcomeText(attempt) : attempt.phase,
      `${(attempt.phase === 'queued' ? attempt.queuedAt : (attempt.startedAt ?? attempt.queuedAt)).slice(11, 19)}`,
      durationText(attempt.seconds),
      [placeText(attempt), chargeText(attempt), attemptReason(attempt) ?? ''].filter((part) => part !== '').join(', '),
    ]),
  ]);
  const head = `${report.runId}: ${stateText(report)}, started ${report.startedAt}`;
  const table = tableText([['task', 'state', 'start', 'duration', ''], ...rows], width());
  const scores = ['accuracy', 'precision', 'recall', 'f1'].map((name) => `${name} ${metricText(report.metrics, name)}`);
  const metrics = report.metrics ? `\n${scores.join('  ')}\n${warningsText(report.metrics)}` : '';
  const where = artifacts.length > 0 ? `\nArtifacts in ${store}\n${artifacts.map((key) => `  ${key}\n`).join('')}` : '';
  const legend = wrap(
    'start is UTC; spot and on-demand are placements in a cluster; a charged attempt counts as a retry, an uncharged one was lost or preempted',
    width(),
    '',
  );
  const cost = costText(report.cost, alwaysOn, width());
  return `${head}\n\n${table}${metrics}${where}\n${cost}\n${legend}`;
}

function placeText({ placement, node }: AttemptRecord): string {
  return node ? `${placement} on ${node.name}${node.type ? ` (${node.type})` : ''}` : placement;
}

function outcomeText({
  outcome,
  exitCode,
}: {
  readonly outcome: string;
  readonly exitCode?: number | undefined;
}): string {
  return exitCode === undefined || exitCode === 0 ? outcome : `${outcome} (${exitCode})`;
}

function alwaysOnOf({ settings, dag }: Pipeline): AlwaysOn {
  return { usdPerDay: settings.ALWAYS_ON_USD_PER_DAY, days: dag.schedule.everyDays };
}

/** What the evaluation warns of: a score alone can look well. */
function warningsText(metrics: unknown): string {
  if (typeof metrics !== 'object' || metrics === null || !('warnings' in metrics)) return '';
  const warnings = Array.isArray(metrics.warnings) ? metrics.warnings : [];
  return warnings.map((warning) => wrap(`warning: ${warning}`, width(), '')).join('');
}

function stateText({ state, isLed }: RunReport): string {
  if (state === 'running') return isLed ? 'running' : 'unfinished, not led';
  return styleText(state === 'success' ? 'green' : 'red', state);
}

function chargeText({ isCharged, isUncharged }: RunReport['tasks'][number]['attempts'][number]): string {
  if (isCharged) return 'charged';
  return isUncharged ? 'uncharged' : '';
}

function metricText(metrics: unknown, name: string): string {
  if (typeof metrics !== 'object' || metrics === null) return '';
  const value = Object.entries(metrics).find(([key]) => key === name)?.[1];
  return typeof value === 'number' ? value.toFixed(4) : '';
}
