import { ArtifactSet } from '../../tasks/artifacts/artifact-set.ts';
import { artifactNames } from '../../tasks/artifacts/catalogue.ts';
import { runOf } from '../../tasks/artifacts/run-dates.ts';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import { compareRuns, type PublishedContents, readContents } from '../monitoring/compare-runs.ts';
import { type Command, parseCommandLine } from './command.ts';
import { comparisonText } from './diff-view.ts';
import { unpublishedRun } from './unpublished-run.ts';
import { openPipeline, type Pipeline } from './wiring.ts';

export const diff: Command = {
  usage: 'diff RUN RUN [--json]',
  summary: 'show what differs between two runs: data, settings, trees, scores, bytes',
  details: `  RUN      a logical date, timestamp or run id, as 2024-01-01
  --json   for programs

  A line that begins with ≠ differs. It compares what is published, by its hash;
  what a run lacks is said to be missing.`,
  example: 'npx pipeline diff 2024-01-01 2024-01-11',
  needs: 'store',
  async execute(args, { environment, surroundings }) {
    const { values, operands } = parseCommandLine(args, { json: { type: 'boolean' } }, ['RUN', 'another RUN']);
    const pipeline = await openPipeline(environment, surroundings);
    const [first, second] = [await contentsOf(pipeline, operands[0]), await contentsOf(pipeline, operands[1])];
    const comparison = compareRuns(first, second);
    const runs = [first.timestamp, second.timestamp] as const;
    process.stdout.write(
      values.json ? `${JSON.stringify({ runs, ...comparison }, null, 2)}\n` : comparisonText(runs, comparison),
    );
    return exitCodes.success;
  },
};

/** @throws UsageError when there is no such run, or it has not even published the loans */
async function contentsOf(
  { dag, store, runs, surroundings }: Pipeline,
  text = '',
): Promise<PublishedContents & { readonly timestamp: string }> {
  const run = runOf(dag.schedule, text, surroundings.clock());
  const contents = await readContents(new ArtifactSet(store, dag.dagId, run.timestamp));
  if (contents.markers.has('loans')) return { ...contents, timestamp: run.timestamp };
  const missing = artifactNames.filter((name) => !contents.markers.has(name));
  throw await unpublishedRun(runs, run, missing);
}
