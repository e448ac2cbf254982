import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import { type Command, parseCommandLine } from './command.ts';
import { metricsText } from './monitor.ts';
import { openPipeline } from './wiring.ts';

export const metrics: Command = {
  usage: 'metrics',
  summary: "print Prometheus' metrics: ages, states, durations, attempts, scores",
  example: 'npx pipeline metrics',
  needs: 'store',
  async execute(args, { environment, surroundings }) {
    parseCommandLine(args, {});
    process.stdout.write(await metricsText(await openPipeline(environment, surroundings)));
    return exitCodes.success;
  },
};
