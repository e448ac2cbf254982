import './refuse-old-node.ts';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { creditDefaultDag } from '../../pipeline/credit-default-dag.ts';
import { logKey } from '../artifacts/artifact-keys.ts';
import { ArtifactSet } from '../artifacts/artifact-set.ts';
import { AttemptArtifacts } from '../artifacts/attempt-artifacts.ts';
import { outputsOf } from '../artifacts/catalogue.ts';
import { messageOf } from '../artifacts/message-of.ts';
import { removeScratch } from '../artifacts/remove-scratch.ts';
import { dueRun, InvalidLogicalDate, type Run, runOf } from '../artifacts/run-dates.ts';
import { openStore } from '../artifacts/stores/open-store.ts';
import { keepCompiledCode } from './compile-cache.ts';
import { UsageError } from './errors.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { causesOf, createLog, type Log, surviveClosedPipes, withoutSecrets } from './log.ts';
import { LogObject } from './log-object.ts';
import { printable } from './printable.ts';
import { progressLog } from './progress-log.ts';
import { secretTexts } from './setting-facts.ts';
import { parametersOf, readTaskSettings, type TaskSettings, taskSettings } from './settings.ts';
import { shutdownSignal, untilAborted } from './shutdown.ts';
import type { Progress, Task, TaskContext } from './task.ts';
import { foldedFor } from './wrap.ts';

interface CommandLine {
  readonly logicalDate: string | undefined;
  readonly isForced: boolean;
  readonly isHelp: boolean;
}

/** Runs one attempt of a task as this process, and ends the process with its exit code. */
export async function runTask(task: Task): Promise<never> {
  surviveClosedPipes();
  keepCompiledCode();
  try {
    const commandLine = readCommandLine();
    if (commandLine.isHelp) {
      process.stdout.write(helpOf(task));
      process.exit(exitCodes.success);
    }
    const settings = readTaskSettings(process.env);
    process.exit(await attempt(task, settings, commandLine, shutdownSignal(settings.EXECUTION_TIMEOUT_SECONDS)));
  } catch (error) {
    const faults = error instanceof UsageError ? error.faults : [sentenceOf(error)];
    for (const fault of faults)
      process.stderr.write(
        `${foldedFor(process.stderr, `${task.taskId}: ${printable(withoutSecrets(fault, secrets()))}`)}\n`,
      );
    process.exit(exitCodeOf(error));
  }
}

async function attempt(
  task: Task,
  settings: TaskSettings,
  commandLine: CommandLine,
  signal: AbortSignal,
): Promise<number> {
  const run = runToServe(commandLine.logicalDate ?? settings.LOGICAL_DATE);
  const store = await openStore(settings);
  const key = logKey(settings.DAG_ID, settings.RUN_ID ?? run.runId, task.taskId, settings.ATTEMPT);
  const logObject = new LogObject(store, key);
  const context = { task: task.taskId, run: run.timestamp, attempt: settings.ATTEMPT };
  const log = createLog(settings.LOG_FORMAT, context, (line) => logObject.append(line), secrets());
  try {
    log.info(`${task.taskId} of run ${run.runId}, attempt ${settings.ATTEMPT}`, { store: store.url });
    const set = new ArtifactSet(store, settings.DAG_ID, run.timestamp);
    await untilAborted(signal, execute(task, run, set, settings, commandLine.isForced, log, signal));
    return exitCodes.success;
  } catch (error) {
    logFailure(log, error);
    return exitCodeOf(error);
  } finally {
    // a stop must end within 10 s, also when the store hangs
    await logObject.close(signal.aborted ? 1.5 : undefined);
  }
}

async function execute(
  task: Task,
  run: Run,
  set: ArtifactSet,
  settings: TaskSettings,
  isForced: boolean,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const outputs = outputsOf(task.taskId);
  const madeBy = { sourceRevision: settings.SOURCE_REVISION, imageDigest: settings.IMAGE_DIGEST };
  const attempt = { task: task.taskId, number: settings.ATTEMPT, madeBy, signal };
  const parameters = parametersOf(settings);
  const artifacts = await AttemptArtifacts.begin(set, outputs, parameters, attempt);
  const missing = isForced ? outputs : await set.findMissing(outputs, parameters, 'bytes');
  const context: TaskContext = {
    settings,
    environment: process.env,
    run: { dagId: set.dagId, timestamp: run.timestamp, logicalDate: run.logicalDate },
    store: set.store,
    artifacts,
    missing,
    log,
    signal,
    progress: progressReporter(log),
  };
  if (missing.length === 0) {
    log.info('already done: its outputs are published and current');
  } else {
    await task.run(context);
    log.info('done', { artifacts: outputs.map((name) => set.keyOf(name)) });
  }
  await removeScratch(set, task.taskId);
}

function secrets(): string[] {
  return secretTexts(taskSettings.shape, process.env);
}

/** The orchestrator names the run; invoked alone, a task works for the latest run that is due. */
function runToServe(logicalDate: string | undefined): Run {
  const { schedule } = creditDefaultDag;
  const now = new Date();
  if (logicalDate !== undefined) return runOf(schedule, logicalDate, now);
  const run = dueRun(schedule, now);
  if (!run) throw new InvalidLogicalDate('no run is due yet: give --logical-date');
  return run;
}

/** To the orchestrator each time, and now and then into the log. */
function progressReporter(log: Log): (progress: Progress) => void {
  const logProgress = progressLog(log);
  return (progress) => {
    if (process.connected) process.send?.({ progress });
    logProgress(progress);
  };
}

function logFailure(log: Log, error: unknown): void {
  const code = exitCodeOf(error);
  const stack = code === exitCodes.bug && error instanceof Error ? { stack: error.stack } : {};
  log.error(sentenceOf(error), { exitCode: code, causes: causesOf(error), ...stack });
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return exitCodeOf(error) === exitCodes.bug ? `this is a bug: ${error.message}` : error.message;
}

function readCommandLine(): CommandLine {
  try {
    const { values } = parseArgs({
      options: {
        'logical-date': { type: 'string' },
        force: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    return { logicalDate: values['logical-date'], isForced: values.force ?? false, isHelp: values.help ?? false };
  } catch (error) {
    throw new UsageError([`${messageOf(error)} (see '${invocation()} --help')`]);
  }
}

/** What to type to run this task. */
function invocation(): string {
  const path = relative('', process.argv[1] ?? '');
  return `${path.endsWith('.ts') ? 'npx node' : 'node'} ${path}`;
}

function helpOf(task: Task): string {
  return `${task.summary}

  ${invocation()} [--logical-date 2024-01-11] [--force]

  --logical-date D   the run to work for
                     (default: $LOGICAL_DATE, else the latest run that is due)
  --force            do the work even if its outputs are published and current

Settings come from the environment: see docs/settings.md.
`;
}
