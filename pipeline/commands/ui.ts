import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { UsageError } from '../../tasks/runtime/errors.ts';
import { exitCodes } from '../../tasks/runtime/exit-codes.ts';
import { runCommandJob } from '../executors/kubernetes/command-job.ts';
import { Pages } from '../pages/pages.ts';
import { readCronJobPlace } from '../settings/cluster-settings.ts';
import { isLoopback } from '../ui/access.ts';
import { CommandsStarted, type RunCommand } from '../ui/commands-started.ts';
import { UiServer } from '../ui/ui-server.ts';
import { type Command, type CommandContext, parseCommandLine, wholeNumberOption } from './command.ts';
import { executorHelp, executorNamed, executorOption } from './executor-option.ts';
import { type ExecutorKind, openPipeline, pagesParts } from './wiring.ts';

export const ui: Command = {
  usage: 'ui [--port N] [--host H] [--read-only] [--open] [--executor E]',
  summary: 'serve the status pages live, and start, clear or stop runs from them',
  details: `  --port N           where it listens (default: one that is free)
  --host H           on which address (default: 127.0.0.1)
  --read-only        only show
  --open             open the page in the browser
${executorHelp}

  On another address than loopback it needs --read-only, or UI_TOKEN: the word
  that readers must type before anything is done.`,
  example: 'npx pipeline ui --open',
  needs: 'store',
  async execute(args, context) {
    const { environment, signal, surroundings } = context;
    const { values } = parseCommandLine(args, {
      port: { type: 'string', default: '0' },
      host: { type: 'string', default: '127.0.0.1' },
      'read-only': { type: 'boolean', default: false },
      open: { type: 'boolean', default: false },
      ...executorOption,
    });
    // it is idle most of the time: what a page leaves behind is collected rather than kept
    setFlagsFromString('--optimize-for-size');
    setFlagsFromString('--max-semi-space-size=2');
    const executor = executorNamed(values.executor, environment);
    const port = wholeNumberOption('port', values.port, 0);
    if (port > 65_535) throw new UsageError([`--port must be 65535 or less; found "${values.port}"`]);
    const pipeline = await openPipeline(environment, surroundings);
    const token = pipeline.settings.UI_TOKEN;
    const isReadOnly = values['read-only'];
    if (!isLoopback(values.host) && !isReadOnly && token === undefined)
      throw new UsageError([`--host ${values.host} can be reached by others: give --read-only, or set UI_TOKEN`]);
    const { dag, store, log } = pipeline;
    const server = new UiServer({
      pages: new Pages(pagesParts(pipeline)),
      store,
      dag,
      commands: isReadOnly ? undefined : new CommandsStarted(await commandRunner(executor, context)),
      host: values.host,
      port,
      token,
      clock: surroundings.clock,
      log,
    });
    const url = await server.start();
    process.stdout.write(`${url}\n`);
    if (process.stderr.isTTY) process.stderr.write('Ctrl-C ends it\n');
    if (values.open) open(url);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    await server.stop();
    return exitCodes.success;
  },
};

/** Where runs are led on this machine the same command line again, in a cluster a Job of the CronJob. */
async function commandRunner(
  executor: ExecutorKind,
  { environment, surroundings: { connectCluster } }: CommandContext,
): Promise<RunCommand> {
  if (executor === 'local') return runProcess;
  const { namespace, cronJob } = readCronJobPlace(environment);
  const api = await connectCluster(namespace);
  return (words, _, signal) => runCommandJob(api, cronJob, [...words, '--executor', executor], signal);
}

/** A process of its own, which ends as by Ctrl-C when the signal is aborted. */
const runProcess: RunCommand = async (words, onLine, signal) => {
  const cli = process.argv[1] ?? fileURLToPath(new URL('../cli.ts', import.meta.url));
  const child = spawn(process.execPath, [cli, ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
  signal.addEventListener('abort', () => child.kill('SIGTERM'));
  child.stderr.setEncoding('utf8').on('data', (text: string) => onLine(text.trimEnd().split('\n').at(-1) ?? ''));
  const [code] = await once(child, 'close');
  return typeof code === 'number' ? code : exitCodes.runFailed;
};

/** Where there is no browser, the address is printed all the same. */
function open(url: string): void {
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open';
  spawn(program, [url], { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
}
