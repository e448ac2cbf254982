import { ArtifactSet } from '../../tasks/artifacts/artifact-set.ts';
import { artifactNames } from '../../tasks/artifacts/catalogue.ts';
import { runOf } from '../../tasks/artifacts/run-dates.ts';
import { BadInput, UsageError } from '../../tasks/runtime/errors.ts';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import { ChampionStore } from '../models/champion-store.ts';
import { type Distributions, modelDistributions, readDistributions } from '../models/distributions.ts';
import { driftOf } from '../models/drift.ts';
import { type Command, parseCommandLine } from './command.ts';
import { driftText } from './drift-view.ts';
import { unpublishedRun } from './unpublished-run.ts';
import { openPipeline, type Pipeline } from './wiring.ts';

export const drift: Command = {
  usage: 'drift RUN [RUN] [--json]',
  summary: "show how far a run's loans and scores have moved from the champion's",
  details: `  RUN      a logical date, timestamp or run id, as 2024-01-01
  --json   for programs

  Beside PSI and KS stands what chance alone stays below, 99 times in 100, with
  so many rows. A line that begins with ≠ has drifted: its PSI is above that.`,
  example: 'npx pipeline drift 2024-01-11 2024-01-01',
  needs: 'store',
  async execute(args, { environment, surroundings }) {
    const { values, operands } = parseCommandLine(args, { json: { type: 'boolean' } }, ['RUN', 'another RUN'], 1);
    const pipeline = await openPipeline(environment, surroundings);
    const current = await named(pipeline, operands[0]);
    const reference = await (operands[1] === undefined ? ofChampion(pipeline, current) : named(pipeline, operands[1]));
    const drifts = driftOf(reference.distributions, current.distributions);
    const runs = [current.timestamp, reference.timestamp] as const;
    process.stdout.write(
      values.json ? `${JSON.stringify({ runs, drift: drifts }, null, 2)}\n` : driftText(runs, drifts),
    );
    return exitCodes.success;
  },
};

interface ComparedRun {
  readonly timestamp: string;
  readonly distributions: Distributions;
}

/** @throws UsageError when there is no such run, or it has no profile */
async function named({ dag, store, runs, surroundings }: Pipeline, text = ''): Promise<ComparedRun> {
  const run = runOf(dag.schedule, text, surroundings.clock());
  const set = new ArtifactSet(store, dag.dagId, run.timestamp);
  const distributions = await readDistributions(set);
  if (!distributions) throw await unpublishedRun(runs, run, await set.findMissing(artifactNames));
  return { timestamp: run.timestamp, distributions };
}

/**
 * The champion, or the one before it for the champion itself.
 * @throws BadInput when there is none, or it is not what its run has published
 */
async function ofChampion({ dag, store }: Pipeline, current: ComparedRun): Promise<ComparedRun> {
  const champion = await new ChampionStore(store, dag.dagId).read();
  if (!champion) throw new BadInput('there is no champion yet to compare with: name another RUN');
  const reference = champion.timestamp === current.timestamp ? champion.before : champion;
  if (!reference) throw new UsageError([`${champion.runId} is the champion itself, and the first: name another RUN`]);
  const distributions = await modelDistributions(store, dag.dagId, reference);
  if (!distributions)
    throw new BadInput(
      `run ${reference.timestamp} has published another model than the champion, or no profile: name another RUN`,
    );
  return { timestamp: reference.timestamp, distributions };
}
