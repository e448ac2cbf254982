import { hostname, userInfo } from 'node:os';
import { messageOf } from '../../tasks/artifacts/message-of.ts';
import { runOf } from '../../tasks/artifacts/run-dates.ts';
import { BadInput, UsageError } from '../../tasks/runtime/errors.ts';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import { candidateOf } from '../models/candidate-of.ts';
import { ChampionStore } from '../models/champion-store.ts';
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
    return makeChampion(context, operands[0], values.reason);
  },
};

export const rollback: Command = {
  usage: 'rollback [--reason TEXT]',
  summary: 'make the model before the champion the champion again',
  details: '  --reason TEXT   why, for those who ask later',
  example: "npx pipeline rollback --reason 'too many rejections'",
  needs: 'store',
  async execute(args, context) {
    const { values } = parseCommandLine(args, { reason: { type: 'string' } });
    return makeChampion(context, undefined, ['rolled back', ...(values.reason ? [values.reason] : [])].join(': '));
  },
};

/** @param run by default that of the champion before */
async function makeChampion(context: CommandContext, run: string | undefined, reason: string): Promise<number> {
  const pipeline = await openPipeline(context.environment, context.surroundings);
  const { store, dag, pages, log, surroundings } = pipeline;
  const champions = new ChampionStore(store, dag.dagId);
  const seen = await champions.read();
  const before = seen?.before;
  if (run === undefined && !before) throw new BadInput('there is no champion to go back to');
  const wanted = runOf(dag.schedule, run ?? before?.timestamp ?? '', surroundings.clock());
  await requireRun(pipeline, wanted.timestamp, wanted.runId);
  const candidate = await candidateOf(store, dag.dagId, wanted);
  if (run === undefined && candidate.sha256 !== before?.sha256)
    throw new BadInput(
      `the model of run ${wanted.runId} is not the one that was champion: 'npx pipeline promote' takes it all the same`,
    );
  if (seen?.sha256 === candidate.sha256 && seen.timestamp === candidate.timestamp) {
    print(`${wanted.runId} is champion already: nothing was changed`);
    return exitCodes.success;
  }
  const decidedBy = `${userName()}@${hostname()}`;
  await champions.move(candidate, { reason, decidedBy, decidedAt: surroundings.clock().toISOString() }, seen);
  await pages.write([]).catch((error) => log.warn(`the overview page could not be written: ${messageOf(error)}`));
  print(`${wanted.runId} is champion${seen ? ` in place of ${seen.runId}` : ''}: ${reason}`);
  return exitCodes.success;
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
