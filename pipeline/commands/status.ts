import { ArtifactSet } from '../../tasks/artifacts/artifact-set.ts';
import { runOf } from '../../tasks/artifacts/run-dates.ts';
import { UsageError } from '../../tasks/runtime/errors.ts';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import { wrap } from '../../tasks/runtime/wrap.ts';
import { readChampion, readVerdict } from '../models/judge-once.ts';
import { championText, verdictTexts } from '../models/verdict-text.ts';
import { artifactReports } from '../monitoring/artifact-report.ts';
import { inBatches } from '../monitoring/in-batches.ts';
import { loadRecords } from '../monitoring/load-records.ts';
import { loadRun, shownOf } from '../monitoring/run-report.ts';
import { taskStatistics } from '../monitoring/statistics.ts';
import { type Command, parseCommandLine, wholeNumberOption } from './command.ts';
import { statisticsText } from './statistics-view.ts';
import { overviewText, runText } from './status-view.ts';
import { openPipeline, type Pipeline, pagesParts } from './wiring.ts';

export const status: Command = {
  usage: 'status [RUN | --stats [--last N]] [--json]',
  summary: 'show the runs, or one with its attempts and scores, or how long tasks take',
  details: `  RUN        a logical date, timestamp or run id, as 2024-01-01
  --stats    durations, waiting, failures and preemptions of each task
  --last N   in so many runs, compared with as many before (default: 10)
  --json     for programs`,
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

/** 80 columns fit everywhere; a wider terminal is used. */
const width = () => Math.max(80, process.stdout.columns || 80);

async function overview(pipeline: Pipeline): Promise<Report> {
  const timestamps = await pipeline.runs.list();
  const parts = pagesParts(pipeline);
  const runs = await inBatches(timestamps, (timestamp) => loadRun(parts, timestamp));
  const reports = runs.filter((run) => run !== undefined).map(shownOf);
  const champion = (await readChampion(pipeline.store, pipeline.dag.dagId))?.timestamp;
  return { data: reports, text: () => overviewText(pipeline.dag.description, reports, champion, width()) };
}

async function details(pipeline: Pipeline, text: string): Promise<Report> {
  const { dag, store, settings, surroundings } = pipeline;
  const { timestamp, runId } = runOf(dag.schedule, text, surroundings.clock());
  const run = await loadRun(pagesParts(pipeline), timestamp);
  if (!run) throw new UsageError([`there is no run ${runId}: 'npx pipeline status' names those that there are`]);
  if ('unreadable' in run) return { data: run, text: () => wrap(run.unreadable, width(), '') };
  const artifacts = await artifactReports(new ArtifactSet(store, dag.dagId, timestamp));
  const urls = artifacts.map(({ key }) => `${store.url}/${key}`);
  const alwaysOn = { usdPerDay: settings.ALWAYS_ON_USD_PER_DAY, days: dag.schedule.everyDays };
  const verdict = await readVerdict(store, dag.dagId, timestamp);
  const champion = await readChampion(store, dag.dagId);
  const isSaid = verdict?.decision === 'promoted' && champion?.sha256 === verdict.sha256;
  const standing = champion && !isSaid ? [`now ${championText(champion)}`] : [];
  const judged = verdict ? [...verdictTexts(verdict), ...standing] : [];
  const toText = () => runText(run.report, urls, judged, alwaysOn, width());
  return { data: { ...run.report, artifacts, verdict: verdict ?? null }, text: toText };
}

async function statistics({ dag, runs }: Pipeline, last: number): Promise<Report> {
  const records = await loadRecords(runs, 2 * last);
  const tasks = dag.tasks.map(({ taskId }) => taskId);
  const data = taskStatistics(records, tasks, last);
  return { data, text: () => statisticsText(data, Math.min(last, records.length), width()) };
}
