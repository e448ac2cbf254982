import { hostname, userInfo } from 'node:os';
import { messageOf } from '../../tasks/artifacts/message-of.ts';
import { runOf } from '../../tasks/artifacts/run-dates.ts';
import { BadInput, UsageError } from '../../tasks/runtime/errors.ts';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import { candidateOf } from '../models/candidate-of.ts';
import type { Candidate } from '../models/champion.ts';
import { ChampionStore } from '../models/champion-store.ts';
import { keepModel } from '../models/keep-model.ts';
import { type Command, type CommandContext, parseCommandLine, print } from './command.ts';
import { openPipeline, type Pipeline } from './wiring.ts';

export const promote: Command = {
  usage: 'promote RUN --reason TEXT',
  summary: "make a run's model the champion",
  details: `  RUN             a logical date, timestamp or run id, as 2024-01-01
  --reason TEXT   why, for those who ask later`,
  example: "npx pipeline promote 2024-01-01 --reason 'approved by the board'",
  needs: 'store',
  async execute(args, context) {
    const { values, operands } = parseCommandLine(args, { reason: { type: 'string' } }, ['RUN']);
    if (!values.reason) throw new UsageError(['expected --reason TEXT (see --help)']);
    return makeChampion(context, values.reason, async (_, pipeline) => {
      const { store, dag, surroundings } = pipeline;
      const run = runOf(dag.schedule, operands[0] ?? '', surroundings.clock());
      await requireRun(pipeline, run.timestamp, run.runId);
      return candidateOf(store, dag.dagId, run);
    });
  },
};

export const rollback: Command = {
  usage: 'rollback [--reason TEXT]',
  summary: 'make the model before the champion the champion again',
  details: `  --reason TEXT   why, for those who ask later

  A second rollback undoes the first: for an older one, promote its run.`,
  example: "npx pipeline rollback --reason 'too many rejections'",
  needs: 'store',
  async execute(args, context) {
    const { values } = parseCommandLine(args, { reason: { type: 'string' } });
    return makeChampion(
      context,
      ['rolled back', ...(values.reason ? [values.reason] : [])].join(': '),
      candidateBefore,
    );
  },
};

async function makeChampion(
  { environment, surroundings }: CommandContext,
  reason: string,
  findCandidate: (champions: ChampionStore, pipeline: Pipeline) => Promise<Candidate>,
): Promise<number> {
  const pipeline = await openPipeline(environment, surroundings);
  const { store, dag, pages, log } = pipeline;
  const champions = new ChampionStore(store, dag.dagId);
  const seen = await champions.read();
  // also where it is champion already: a copy that was damaged is made whole
  const candidate = await keepModel(store, dag.dagId, await findCandidate(champions, pipeline));
  const { runId, timestamp, sha256 } = candidate;
  if (seen?.sha256 === sha256 && seen.timestamp === timestamp) {
    print(`${runId} is champion already: nothing was changed`);
    return exitCodes.success;
  }
  const decision = { reason, decidedBy: `${userName()}@${hostname()}`, decidedAt: surroundings.clock().toISOString() };
  await champions.move(candidate, decision, seen);
  await pages.write([]).catch((error) => log.warn(`the overview page could not be written: ${messageOf(error)}`));
  print(`${runId} is champion${seen ? ` in place of ${seen.runId}` : ''}: ${reason}`);
  return exitCodes.success;
}

/** The champion before, as it was then: its run may have made another model since. */
async function candidateBefore(champions: ChampionStore): Promise<Candidate> {
  const moves = await champions.history();
  const before = moves.at(-1)?.before;
  const found = moves.findLast(({ timestamp, sha256 }) => timestamp === before?.timestamp && sha256 === before.sha256);
  if (!found) throw new BadInput('there is no champion to go back to');
  const { timestamp, runId, model, sha256, scores } = found;
  return { timestamp, runId, model, sha256, scores };
}

/** In a container the user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.()}`;
  }
}

async function requireRun({ runs }: Pipeline, timestamp: string, runId: string): Promise<void> {
  if (await runs.load(timestamp)) return;
  throw new UsageError([`there is no run ${runId}: 'npx pipeline status' names those that there are`]);
}
