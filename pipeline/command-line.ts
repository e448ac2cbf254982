import packageJson from '../package.json' with { type: 'json' };
import { NoConditionalWrites } from '../tasks/artifacts/stores/conditional-writes.ts';
import type { Environment } from '../tasks/runtime/environment.ts';
import { Stopped, UsageError } from '../tasks/runtime/errors.ts';
import { exitCodeOf, exitCodes } from '../tasks/runtime/exit-codes.ts';
import { createLog, type Fields, surviveClosedPipes, withoutSecrets } from '../tasks/runtime/log.ts';
import { printable } from '../tasks/runtime/printable.ts';
import { secretTexts } from '../tasks/runtime/setting-facts.ts';
import { foldedFor } from '../tasks/runtime/wrap.ts';
import type { Command } from './commands/command.ts';
import { surroundings } from './commands/wiring.ts';
import { defaultData, isUnconfigured, localData, withLocalServices, withLocalStore } from './demo/local-data.ts';
import { ClusterRefused } from './executors/kubernetes/cluster-errors.ts';
import { ChampionMoved, InvalidChampion } from './models/champion-store.ts';
import { InvalidDag } from './orchestrator/dag.ts';
import { ExecutorUnavailable } from './orchestrator/executor.ts';
import { LeaseTaken } from './orchestrator/lease.ts';
import { InvalidRunRecord } from './orchestrator/run-store.ts';
import { pipelineSettings } from './settings/pipeline-settings.ts';

/** Loaded when it is called for: one command needs a part of the code. */
const commands: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['start', async () => (await import('./commands/start.ts')).start],
  ['run', async () => (await import('./commands/run.ts')).run],
  ['schedule', async () => (await import('./commands/schedule.ts')).schedule],
  ['backfill', async () => (await import('./commands/backfill.ts')).backfill],
  ['status', async () => (await import('./commands/status.ts')).status],
  ['diff', async () => (await import('./commands/diff.ts')).diff],
  ['drift', async () => (await import('./commands/drift.ts')).drift],
  ['logs', async () => (await import('./commands/logs.ts')).logs],
  ['clear', async () => (await import('./commands/clear.ts')).clear],
  ['stop', async () => (await import('./commands/stop.ts')).stop],
  ['champion', async () => (await import('./commands/champion.ts')).champion],
  ['promote', async () => (await import('./commands/promote.ts')).promote],
  ['rollback', async () => (await import('./commands/promote.ts')).rollback],
  ['alert', async () => (await import('./commands/alert.ts')).alert],
  ['metrics', async () => (await import('./commands/metrics.ts')).metrics],
  ['pages', async () => (await import('./commands/pages.ts')).pages],
  ['ui', async () => (await import('./commands/ui.ts')).ui],
  ['dataset', async () => (await import('./commands/dataset.ts')).dataset],
  ['seed-loans', async () => (await import('./commands/seed-loans.ts')).seedLoansCommand],
  ['manifests', async () => (await import('./commands/manifests.ts')).manifests],
  ['doctor', async () => (await import('./commands/doctor.ts')).doctor],
]);

/** Runs a command to its end, and ends the process with its exit code. */
export async function runCommandLine(words: readonly string[]): Promise<never> {
  surviveClosedPipes();
  let lost: NodeJS.ErrnoException | undefined;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // a reader that goes away has seen enough
    if (error.code !== 'EPIPE') lost ??= error;
  });
  const code = await codeAfter(words);
  await flushed();
  if (lost) note(`stdout did not take all that was written to it: ${lost.message}`, 'error');
  process.exit(lost ? code || exitCodes.unavailable : code);
}

async function codeAfter([name = '--help', ...args]: readonly string[]): Promise<number> {
  try {
    if (name === '--help' || name === '-h' || name === 'help') return print(await overview());
    if (name === '--version' || name === '-v') return print(`${packageJson.version}\n`);
    const load = commands.get(name);
    if (!load) throw new UsageError([`"${name}" is no command: expected one of ${[...commands.keys()].join(', ')}`]);
    const command = await load();
    if (args.includes('--help') || args.includes('-h')) return print(helpOf(command));
    return await execute(command, args);
  } catch (error) {
    for (const line of linesOf(error))
      note(line.replace('(see --help)', `(see 'npx pipeline ${name} --help')`), 'error', { exitCode: codeOf(error) });
    return codeOf(error);
  }
}

/** Where neither store nor database is configured, on what an earlier `npm start` here has made. */
async function execute(command: Command, args: readonly string[]): Promise<number> {
  const on = (environment: Environment) => command.execute(args, { environment, signal, surroundings });
  const signal = stopSignal();
  if (command.needs === 'nothing' || !isUnconfigured(process.env)) return on(process.env);
  const data = localData();
  if (!data) return on(process.env).catch(adviseStart);
  note(`neither store nor database is configured: using ${defaultData} of npm start`);
  if (command.needs === 'store') return on(withLocalStore(process.env, data));
  return withLocalServices(process.env, data, note, on);
}

/** The defaults were not what is there: most likely nothing was set up yet. */
function adviseStart(error: unknown): never {
  if ([exitCodes.unavailable, exitCodes.refused].some((code) => code === codeOf(error)))
    note(
      `neither store nor database is configured, and ${process.cwd()} has no ${defaultData}, where 'npm start' keeps both`,
    );
  throw error;
}

/** On stderr: as a log line where the log is JSON, else as it is. */
function note(line: string, level: 'info' | 'error' = 'info', fields: Fields = {}): void {
  const secrets = secretTexts(pipelineSettings.shape, process.env);
  if (process.env.LOG_FORMAT === 'json') createLog('json', {}, () => {}, secrets, process.stderr)[level](line, fields);
  else process.stderr.write(`${foldedFor(process.stderr, printable(withoutSecrets(line, secrets)))}\n`);
}

/** To a slow reader a pipe takes 64 kB at once: the rest would be lost when the process exits. */
async function flushed(): Promise<void> {
  const streams = [process.stdout, process.stderr];
  await Promise.all(streams.map((stream) => new Promise((resolve) => stream.write('', resolve))));
}

function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => controller.abort(new Stopped(`stopped by ${signal}`)));
  }
  return controller.signal;
}

function codeOf(error: unknown): number {
  if (error instanceof LeaseTaken || error instanceof ChampionMoved) return exitCodes.lostRace;
  if (error instanceof ClusterRefused) return exitCodes.refused;
  if (error instanceof ExecutorUnavailable) return exitCodes.unavailable;
  const isSetting =
    error instanceof InvalidDag ||
    error instanceof NoConditionalWrites ||
    error instanceof InvalidRunRecord ||
    error instanceof InvalidChampion;
  return isSetting ? exitCodes.usage : exitCodeOf(error);
}

function linesOf(error: unknown): readonly string[] {
  if (error instanceof UsageError) return error.faults;
  if (!(error instanceof Error)) return [String(error)];
  return codeOf(error) === exitCodes.bug ? [`this is a bug: ${error.stack}`] : [error.message];
}

function print(text: string): number {
  process.stdout.write(text);
  return exitCodes.success;
}

async function overview(): Promise<string> {
  const all = await Promise.all([...commands.values()].map((load) => load()));
  const rows = all.map(({ usage, summary }) => `  ${usage}\n      ${summary}\n`);
  return `Retrains a credit-default model every ten days.\n\n${rows.join('')}\n'COMMAND --help' shows more. Settings come from the environment:\nsee docs/settings.md.\n`;
}

function helpOf({ usage, summary, details, example }: Command): string {
  return `pipeline ${usage}\n\n  ${summary}\n${details ? `\n${details}\n` : ''}\nExample: ${example}\n`;
}
