import { styleText } from 'node:util';
import { ArtifactSet } from '../../tasks/artifacts/artifact-set.ts';
import { taskIds } from '../../tasks/artifacts/catalogue.ts';
import { parseJson } from '../../tasks/artifacts/parse-json.ts';
import { runOf } from '../../tasks/artifacts/run-dates.ts';
import { readAll } from '../../tasks/artifacts/stores/read-all.ts';
import { UsageError } from '../../tasks/runtime/errors.ts';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import { isProvablyDead } from '../orchestrator/lease.ts';
import { isCharged, isUncharged } from '../orchestrator/retry-policy.ts';
import { type RunRecord, type TaskRecord, taskRecord } from '../orchestrator/run-record.ts';
import { InvalidRunRecord } from '../orchestrator/run-store.ts';
import { type Command, parseCommandLine } from './command.ts';
import { attemptReason, durationSeconds, durationText } from './run-view.ts';
import { tableText } from './table.ts';
import { openPipeline, type Pipeline } from './wiring.ts';

export const status: Command = {
  usage: 'status [RUN] [--json]',
  summary: 'show the runs, or one run with its attempts and metrics',
  example: 'npm run pipeline -- status 2024-01-01',
  async execute(args, { environment, surroundings }) {
    const { values, operands } = parseCommandLine(args, { json: { type: 'boolean' } }, ['RUN'], 0);
    const pipeline = await openPipeline(environment, surroundings);
    const text = operands[0];
    const report = text === undefined ? await overview(pipeline) : await details(pipeline, text);
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
  if (!report) throw new UsageError([`there is no run ${runId}: see 'status'`]);
  return { data: report, text: () => ('unreadable' in report ? `${report.unreadable}\n` : detailsText(report)) };
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
  return { runId, timestamp, description, tags, state, isLed, startedAt, endedAt, tasks, metrics };
}

function describeTask(taskId: string, { state, attempts, retryAt, reason }: TaskRecord, now: Date) {
  const last = attempts.at(-1);
  return {
    taskId,
    state,
    retryAt: retryAt ?? null,
    reason: reason ?? (state === 'success' ? null : ((last && attemptReason(last)) ?? null)),
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
  const object = await store.get(artifacts.keyOf('metricsJson'));
  return object ? parseJson((await readAll(object.body)).toString()) : null;
}

function overviewText({ dag }: Pipeline, reports: readonly (RunReport | UnreadableRun)[]): string {
  const head = `${dag.description} (${dag.tags.join(', ')})\n`;
  if (reports.length === 0) return `${head}no runs yet\n`;
  const runs = reports.flatMap((report) => ('unreadable' in report ? [] : [report]));
  const rows = runs.map((report) => [
    report.runId,
    stateText(report),
    report.startedAt.slice(0, 19),
    ...taskIds.map((taskId) => taskText(report.tasks.find((task) => task.taskId === taskId))),
    metricText(report.metrics, 'accuracy'),
  ]);
  const unreadable = reports.flatMap((report) => ('unreadable' in report ? [`${report.unreadable}\n`] : []));
  const table = tableText([['run', 'state', 'started', ...taskIds, 'accuracy'], ...rows]);
  return `${head}\n${table}${unreadable.join('')}`;
}

function taskText(task: RunReport['tasks'][number] | undefined): string {
  if (!task) return 'none';
  return task.attempts.length > 1 ? `${task.state} (${task.attempts.length})` : task.state;
}

function detailsText(report: RunReport): string {
  const rows = report.tasks.flatMap(({ taskId, state, attempts, retryAt, reason }) => [
    [taskId, state, '', '', retryAt ? `next attempt at ${retryAt}` : (reason ?? '')],
    ...attempts.map((attempt) => [
      `  attempt ${attempt.number}`,
      attempt.phase === 'ended' ? attempt.outcome : attempt.phase,
      durationText(attempt.seconds),
      chargeText(attempt),
      attemptReason(attempt) ?? '',
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
  return isUncharged ? 'as preempted' : '';
}

function metricText(metrics: unknown, name: string): string {
  if (typeof metrics !== 'object' || metrics === null) return '';
  const value = Object.entries(metrics).find(([key]) => key === name)?.[1];
  return typeof value === 'number' ? value.toFixed(4) : '';
}
