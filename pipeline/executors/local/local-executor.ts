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

/** The environment of an attempt: the orchestrator's settings are the truth. */
export type AttemptEnvironment = (order: AttemptSpec) => Environment;

const messageSchema = z.object({
  progress: z.object({ done: z.number(), total: z.number().nullable(), unit: z.string() }),
});

/** The entrypoints' ending is ours: .ts as long as nobody has bundled the sources. */
const ending = extname(import.meta.filename);

/** How many characters of stderr are kept, to tell what an attempt died of. */
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
  readonly #environmentOf: AttemptEnvironment;
  readonly #attempts = new Map<string, LocalAttempt>();
  readonly #entrypoints: URL;
  #wake: () => void = () => {};
  #hasNews = false;

  /** @param entrypoints the folder of the tasks' entrypoints */
  constructor(environmentOf: AttemptEnvironment, entrypoints = new URL('../../../tasks/', import.meta.url)) {
    this.#environmentOf = environmentOf;
    this.#entrypoints = entrypoints;
  }

  async start(order: AttemptSpec): Promise<void> {
    const name = nameOf(order.task.taskId, order.number);
    if (this.#attempts.has(name)) return;
    const entrypoint = fileURLToPath(new URL(`${order.task.entrypoint}${ending}`, this.#entrypoints));
    const child = spawn(process.execPath, [entrypoint], {
      // nobody reads its output but us, for its last words
      env: { ...this.#environmentOf(order), LOG_FORMAT: 'json' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // Ctrl-C goes to a whole process group: an attempt that ended by it before we end it would look preempted
      detached: true,
    });
    const attempt: LocalAttempt = { child, graceSeconds: order.task.policy.gracePeriodSeconds, stderr: '' };
    this.#attempts.set(name, attempt);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      attempt.stderr = (attempt.stderr + text).slice(-keptStderr);
    });
    child.on('message', (message) => this.#hear(attempt, message));
    child.once('error', (error) => this.#end(attempt, { phase: 'ended', outcome: 'failed', reason: error.message }));
    child.once('close', (code, signal) => this.#end(attempt, endOf(code, signal, attempt.stderr)));
    this.#news();
  }

  async observe({ taskId, number, hasStarted }: OpenAttempt): Promise<Observation> {
    const attempt = this.#attempts.get(nameOf(taskId, number));
    if (attempt?.end) return attempt.end;
    if (attempt) return attempt.progress ? { phase: 'running', progress: attempt.progress } : { phase: 'running' };
    // it was the child of an orchestrator that is gone, and went with it: nobody's fault
    return hasStarted
      ? { phase: 'ended', outcome: 'cancelled', reason: 'its orchestrator was killed' }
      : { phase: 'absent' };
  }

  async cancel({ taskId, number }: OpenAttempt): Promise<void> {
    const attempt = this.#attempts.get(nameOf(taskId, number));
    if (attempt) this.#terminate(attempt);
  }

  async waitForChange(seconds: number, signal: AbortSignal): Promise<void> {
    if (!this.#hasNews && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const wake = () => resolve();
      const timer = setTimeout(wake, seconds * 1000);
      this.#wake = wake;
      signal.addEventListener('abort', wake);
      await promise;
      signal.removeEventListener('abort', wake);
      clearTimeout(timer);
    }
    this.#hasNews = false;
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

  #hear(attempt: LocalAttempt, message: unknown): void {
    const parsed = messageSchema.safeParse(message);
    if (!parsed.success) return;
    attempt.progress = parsed.data.progress;
    this.#news();
  }

  #end(attempt: LocalAttempt, end: Observation): void {
    clearTimeout(attempt.ending);
    attempt.end ??= end;
    this.#news();
  }

  #news(): void {
    this.#hasNews = true;
    this.#wake();
  }
}

function nameOf(taskId: string, number: number): string {
  return `${taskId}#${number}`;
}

function endOf(code: number | null, signal: NodeJS.Signals | null, stderr: string): Observation {
  const exitCode = code ?? 128 + signalNumber(signal);
  const told = signal ? `killed by ${signal}` : (lastError(stderr) ?? `exited ${exitCode}`);
  return { phase: 'ended', outcome: outcomeOf(exitCode), exitCode, ...(exitCode === 0 ? {} : { reason: told }) };
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
