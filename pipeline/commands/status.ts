import { styleText } from 'node:util';
import { type TaskId, taskIds } from '../../tasks/artifacts/artifact-keys.ts';
import { ArtifactSet } from '../../tasks/artifacts/artifact-set.ts';
import { runOf } from '../../tasks/artifacts/run-dates.ts';
import { UsageError } from '../../tasks/runtime/errors.ts';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import { isProvablyDead } from '../orchestrator/lease.ts';
import { isCharged, isUncharged } from '../orchestrator/retry-policy.ts';
import type { RunRecord } from '../orchestrator/run-record.ts';
import { type Command, parseCommandLine } from './command.ts';
import { durationSeconds, durationText } from './run-view.ts';
import { tableText } from './table.ts';
import { openPipeline, type Pipeline } from './wiring.ts';

export const status: Command = {
  usage: 'status [RUN] [--json]',
  summary: 'show the runs, or one run with its attempts and metrics',
  example: 'npm run pipeline -- status 2024-01-01',
  async execute(args, { environment }) {
    const { values, operands } = parseCommandLine(args, { json: { type: 'boolean' } }, ['RUN'], 0);
    const pipeline = await openPipeline(environment);
    const wanted = operands[0] === undefined ? undefined : runOf(operands[0], new Date());
    const timestamps = wanted ? [wanted.timestamp] : await pipeline.runs.list();
    const reports = (await Promise.all(timestamps.map((timestamp) => reportOf(pipeline, timestamp)))).flat();
    if (wanted && reports.length === 0) throw new UsageError([`there is no run ${wanted.runId}: see 'status'`]);
    process.stdout.write(textOf(reports, values.json ?? false, wanted !== undefined));
    return exitCodes.success;
  },
};

type RunReport = Awaited<ReturnType<typeof describeRun>>;

async function reportOf(pipeline: Pipeline, timestamp: string): Promise<RunReport[]> {
  const stored = await pipeline.runs.load(timestamp);
  return stored ? [await describeRun(pipeline, stored.record)] : [];
}

async function describeRun(pipeline: Pipeline, record: RunRecord) {
  const { holder } = record.lease;
  const isLed = holder !== null && !isProvablyDead(holder);
  const tasks = taskIds.map((taskId) => describeTask(record, taskId, new Date()));
  const { runId, timestamp, state, startedAt, endedAt = null } = record;
  return { runId, timestamp, state, isLed, startedAt, endedAt, tasks, metrics: await metricsOf(pipeline, record) };
}

function describeTask(record: RunRecord, taskId: TaskId, now: Date) {
  const { state, attempts, retryAt = null, reason = null } = record.tasks[taskId];
  return {
    taskId,
    state,
    retryAt,
    reason: reason ?? (state === 'success' ? null : (attempts.at(-1)?.reason ?? null)),
    attempts: attempts.map((attempt) => ({
      ...attempt,
      seconds: durationSeconds(attempt, now),
      isCharged: isCharged(attempt),
      isUncharged: isUncharged(attempt),
    })),
  };
}

async function metricsOf({ store, dag }: Pipeline, { timestamp }: RunRecord): Promise<unknown> {
  const artifacts = new ArtifactSet(store, dag.dagId, timestamp);
  if (!(await artifacts.arePublished(['metricsJson']))) return null;
  const object = await store.get(artifacts.keyOf('metricsJson'));
  return object ? JSON.parse(Buffer.concat(await Array.fromAsync(object.body)).toString()) : null;
}

function textOf(reports: readonly RunReport[], isJson: boolean, isDetailed: boolean): string {
  if (isJson) return `${JSON.stringify(isDetailed ? reports[0] : reports, null, 2)}\n`;
  if (reports.length === 0) return 'no runs yet\n';
  return isDetailed ? reports.map(detailsText).join('') : overviewText(reports);
}

function overviewText(reports: readonly RunReport[]): string {
  const rows = reports.map((report) => [
    report.runId,
    stateText(report),
    report.startedAt.slice(0, 19),
    ...report.tasks.map(({ state, attempts }) => (attempts.length > 1 ? `${state} (${attempts.length})` : state)),
    metricText(report.metrics, 'accuracy'),
  ]);
  return tableText([['run', 'state', 'started', ...taskIds, 'accuracy'], ...rows]);
}

function detailsText(report: RunReport): string {
  const rows = report.tasks.flatMap(({ taskId, state, attempts, retryAt, reason }) => [
    [taskId, state, '', '', retryAt ? `next attempt at ${retryAt}` : (reason ?? '')],
    ...attempts.map((attempt) => [
      `  attempt ${attempt.number}`,
      attempt.outcome ?? 'under way',
      durationText(attempt.seconds),
      chargeText(attempt),
      attempt.reason ?? '',
    ]),
  ]);
  const metrics = ['accuracy', 'precision', 'recall', 'f1'].map(
    (name) => `${name} ${metricText(report.metrics, name)}`,
  );
  const head = `${report.runId}: ${stateText(report)}, started ${report.startedAt}`;
  return `${head}\n\n${tableText([['task', 'state', 'duration', 'counted', ''], ...rows])}\n${report.metrics ? `${metrics.join('  ')}\n` : ''}`;
}

function stateText({ state, isLed }: RunReport): string {
  if (state === 'running') return isLed ? 'running' : 'unfinished, not led';
  return styleText(state === 'success' ? 'green' : 'red', state);
}

function chargeText({ isCharged, isUncharged }: RunReport['tasks'][number]['attempts'][number]): string {
  if (isCharged) return 'as a retry';
  return isUncharged ? 'as replaced' : '';
}

function metricText(metrics: unknown, name: string): string {
  if (typeof metrics !== 'object' || metrics === null) return '';
  const value = Object.entries(metrics).find(([key]) => key === name)?.[1];
  return typeof value === 'number' ? value.toFixed(4) : '';
}
