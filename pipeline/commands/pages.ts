import { overviewPageKey } from '../../tasks/artifacts/artifact-keys.ts';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import { type Command, parseCommandLine } from './command.ts';
import { openPipeline } from './wiring.ts';

export const pages: Command = {
  usage: 'pages',
  summary: 'write the status pages again, of all runs and of each',
  details: '  A run writes them as it goes on: this is for runs of older versions.',
  example: 'npx pipeline pages',
  needs: 'store',
  async execute(args, { environment, surroundings }) {
    parseCommandLine(args, {});
    const { pages: writer, runs, store, dag } = await openPipeline(environment, surroundings);
    await writer.write(await runs.list());
    process.stdout.write(`${store.url}/${overviewPageKey(dag.dagId)}\n`);
    return exitCodes.success;
  },
};
