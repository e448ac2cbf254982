import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Environment } from '../../../tasks/runtime/environment.ts';
import { exitCodes } from '../../../tasks/runtime/exit-codes.ts';
import type { Progress } from '../../../tasks/runtime/task.ts';
import type { AttemptSpec, Executor, Observation, OpenAttempt, Outcome } from '../../orchestrator/executor.ts';
import { lastError } from '../last-error.ts';

export type EnvironmentOf = (spec: AttemptSpec) => Environment;

const messageSchema = z.object({
  progress: z.object({ done: z.number(), total: z.number().nullable(), unit: z.string() }),
});

/** The entrypoints' ending is this file's: .ts unless the sources are bundled. */
const ending = extname(import.meta.filename);

/** How many characters of stderr are kept, to report why an attempt failed. */
const keptStderr = 4096;

interface LocalAttempt {
  readonly child: ChildProcess;
  readonly graceSeconds: number;
  stderr: string;
  progress?: Progress;
  ending?: NodeJS.Timeout;
  end?: Observation;
}

/**
 * An attempt is a child process that holds an IPC channel: when the orchestrator dies, the channel closes and the child
 * stops as on SIGTERM, so that no orphan is left.
 */
export class LocalExecutor implements Executor {
  readonly vanished = { outcome: 'cancelled', reason: 'its orchestrator was killed' } as const;
  readonly onlyPlacement = 'local';
  readonly #environmentOf: EnvironmentOf;
  readonly #attempts = new Map<string, LocalAttempt>();
  readonly #entrypoints: URL;
  #wake: () => void = () => {};
  #hasChanged = false;

  /** @param entrypoints the folder of the tasks' entrypoints */
  constructor(environmentOf: EnvironmentOf, entrypoints = new URL('../../../tasks/', import.meta.url)) {
    this.#environmentOf = environmentOf;
    this.#entrypoints = entrypoints;
  }

  async start(spec: AttemptSpec): Promise<void> {
    const name = nameOf(spec.task.taskId, spec.number);
    if (this.#attempts.has(name)) return;
    const entrypoint = fileURLToPath(new URL(`${spec.task.entrypoint}${ending}`, this.#entrypoints));
    const child = spawn(process.execPath, [entrypoint], {
      // its stderr is read for the last error; its log goes to the store
      env: { ...this.#environmentOf(spec), LOG_FORMAT: 'json' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // Ctrl-C goes to a whole process group: an attempt that it ended before we do would look preempted
      detached: true,
    });
    const attempt: LocalAttempt = { child, graceSeconds: spec.task.policy.gracePeriodSeconds, stderr: '' };
    this.#attempts.set(name, attempt);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      attempt.stderr = (attempt.stderr + text).slice(-keptStderr);
    });
    child.on('message', (message) => this.#noteProgress(attempt, message));
    child.once('error', (error) => this.#end(attempt, { phase: 'ended', outcome: 'failed', reason: error.message }));
    child.once('close', (code, signal) => this.#end(attempt, endOf(code, signal, attempt.stderr)));
    this.#notify();
  }

  async observe({ taskId, number }: OpenAttempt): Promise<Observation> {
    const attempt = this.#attempts.get(nameOf(taskId, number));
    if (!attempt) return { phase: 'absent' };
    if (attempt.end) return attempt.end;
    return attempt.progress ? { phase: 'running', progress: attempt.progress } : { phase: 'running' };
  }

  async cancel({ taskId, number }: OpenAttempt): Promise<void> {
    const attempt = this.#attempts.get(nameOf(taskId, number));
    if (attempt) this.#terminate(attempt);
  }

  async waitForChange(seconds: number, signal: AbortSignal): Promise<void> {
    if (!this.#hasChanged && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const wake = () => resolve();
      const timer = setTimeout(wake, seconds * 1000);
      this.#wake = wake;
      signal.addEventListener('abort', wake);
      await promise;
      signal.removeEventListener('abort', wake);
      clearTimeout(timer);
    }
    this.#hasChanged = false;
  }

  async close(): Promise<void> {
    const living = [...this.#attempts.values()].filter(({ end }) => !end);
    for (const attempt of living) this.#terminate(attempt);
    await Promise.all(living.map(({ child, end }) => end ?? once(child, 'close')));
    for (const attempt of living)
      attempt.end = { phase: 'ended', outcome: 'cancelled', reason: 'the orchestrator was stopped' };
  }

  /** SIGTERM, and SIGKILL when the grace period is over. */
  #terminate(attempt: LocalAttempt): void {
    if (attempt.ending || attempt.end) return;
    attempt.child.kill('SIGTERM');
    attempt.ending = setTimeout(() => attempt.child.kill('SIGKILL'), attempt.graceSeconds * 1000).unref();
  }

  #noteProgress(attempt: LocalAttempt, message: unknown): void {
    const parsed = messageSchema.safeParse(message);
    if (!parsed.success) return;
    attempt.progress = parsed.data.progress;
    this.#notify();
  }

  #end(attempt: LocalAttempt, end: Observation): void {
    clearTimeout(attempt.ending);
    attempt.end ??= end;
    this.#notify();
  }

  #notify(): void {
    this.#hasChanged = true;
    this.#wake();
  }
}

function nameOf(taskId: string, number: number): string {
  return `${taskId}#${number}`;
}

function endOf(code: number | null, signal: NodeJS.Signals | null, stderr: string): Observation {
  const exitCode = code ?? 128 + signalNumber(signal);
  const reason = signal ? `killed by ${signal}` : (lastError(stderr) ?? `exited ${exitCode}`);
  return { phase: 'ended', outcome: outcomeOf(exitCode), exitCode, ...(exitCode === 0 ? {} : { reason }) };
}

function outcomeOf(exitCode: number): Outcome {
  switch (exitCode) {
    case exitCodes.success:
      return 'succeeded';
    case exitCodes.timedOut:
      return 'timed-out';
    case exitCodes.stopped:
      return 'preempted';
    default:
      return 'failed';
  }
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal ? constants.signals[signal] : 0;
}
