import { z } from 'zod';
import { type Run, runsBetween } from '../../tasks/artifacts/run-dates.ts';
import { UsageError } from '../../tasks/runtime/errors.ts';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import { inBatches } from '../monitoring/in-batches.ts';
import { type PlannedRun, planRun, type Reprocess, reprocessings } from '../orchestrator/plan-backfill.ts';
import { endsText, planText, type RunEnd } from './backfill-view.ts';
import { type Command, parseCommandLine, wholeNumberOption } from './command.ts';
import { executorHelp, executorNamed, executorOption } from './executor-option.ts';
import { fillUp, lookAt } from './fill-up.ts';
import { tableText } from './table.ts';
import { whereToLook } from './turn-to-end.ts';
import { openPipeline, type Pipeline } from './wiring.ts';

export const backfill: Command = {
  usage: 'backfill --from D --to D [--max-active N] [--dry-run] [OPTIONS]',
  summary: 'do the runs of the schedule between two dates, both included, in order',
  details: `  --reprocess R      missing: what never ran or is unfinished (the default)
                     failed: this, and what failed, with what follows it
                     all: every run, cleared first
  --begun T          when this backfill began (default: now): what ran since is
                     not done again by failed or all
  --max-active N     so many runs at once (default: 1)
  --dry-run          only show what would be done
${executorHelp}

  Each run fetches the table as it is now, or with AS_OF=data-interval-end the
  rows of then. Stopped, it says how to go on; what is done is not done again.`,
  example: 'npx pipeline backfill --from 2024-01-01 --to 2024-12-26',
  needs: 'database',
  async execute(args, { environment, signal, surroundings }) {
    const { values } = parseCommandLine(args, {
      from: { type: 'string' },
      to: { type: 'string' },
      reprocess: { type: 'string', default: 'missing' },
      begun: { type: 'string' },
      'max-active': { type: 'string', default: '1' },
      'dry-run': { type: 'boolean' },
      ...executorOption,
    });
    const { from, to } = values;
    if (from === undefined || to === undefined) throw new UsageError(['expected --from and --to (see --help)']);
    const now = surroundings.clock();
    const request = { reprocess: reprocessNamed(values.reprocess), begunAt: begunAt(values.begun, now) };
    const maxActive = wholeNumberOption('max-active', values['max-active'], 1);
    const executor = executorNamed(values.executor, environment);
    const pipeline = await openPipeline(environment, surroundings);
    const { runs, isCut } = runsBetween(pipeline.dag.schedule, from, to, now);
    if (isCut) pipeline.log.info(`--to ${to} lies beyond the latest run that is due, ${runs.at(-1)?.timestamp}`);
    const plan = await inBatches(runs, async (run) => planRun(pipeline.dag, await lookAt(pipeline, run), request));
    process.stdout.write(planText(plan, width()));
    if (values['dry-run']) return exitCodes.success;
    const isMoment = values.begun === undefined && request.reprocess !== 'missing';
    const again = ['backfill', ...args, ...(isMoment ? ['--begun', request.begunAt.toISOString()] : [])].join(' ');
    const ends = await fillUp({ pipeline, executor, request, maxActive, signal, again }, plan);
    process.stdout.write(await summaryText(pipeline, plan, ends));
    return codeOf(ends);
  },
};

/** 80 columns fit everywhere; a wider terminal is used. */
const width = () => Math.max(80, process.stdout.columns || 80);

/** @throws UsageError when there is no such choice */
function reprocessNamed(name: string): Reprocess {
  const found = reprocessings.find((reprocess) => reprocess === name);
  if (!found) throw new UsageError([`--reprocess must be ${reprocessings.join(', ')}; found "${name}"`]);
  return found;
}

/** @throws UsageError when it is no moment, or a future one */
function begunAt(text: string | undefined, now: Date): Date {
  if (text === undefined) return now;
  if (!z.iso.datetime().safeParse(text).success || new Date(text) > now)
    throw new UsageError([`--begun must be a moment that is past, as ${now.toISOString()}; found "${text}"`]);
  return new Date(text);
}

/** How many ended how; those that are not done, each with where to look; and what to type next. */
async function summaryText(pipeline: Pipeline, plan: readonly PlannedRun[], ends: readonly RunEnd[]): Promise<string> {
  const rows = plan.map(async ({ run }, at) => [
    run.timestamp,
    ends[at] ?? '',
    await adviceOf(pipeline, run, ends[at]),
  ]);
  const open = (await Promise.all(rows)).filter(([, end]) => end !== 'success');
  const table = open.length > 0 ? tableText([['run', 'end', ''], ...open], width()) : '';
  const next = ends.includes('failed') ? "the same with '--reprocess failed' does again what failed\n" : '';
  return `\n${table}${endsText(ends, ends.length)}\n${next}`;
}

async function adviceOf(pipeline: Pipeline, run: Run, end: RunEnd | undefined): Promise<string> {
  if (end === 'not-ready') return 'the same command goes on once its data is ready';
  if (end !== 'failed') return end === 'held' ? 'another orchestrator leads it' : '';
  const { record } = await lookAt(pipeline, run);
  return record && record !== 'unreadable' ? whereToLook(record) : `'npx pipeline clear ${run.timestamp}' replaces it`;
}

/** A failure is worth more than a run that another leads: that one may still succeed. */
function codeOf(ends: readonly RunEnd[]): number {
  if (ends.includes('failed')) return exitCodes.runFailed;
  if (ends.includes('held')) return exitCodes.lostRace;
  return ends.includes('not-ready') ? exitCodes.notReady : exitCodes.success;
}
