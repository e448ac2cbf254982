import type { AttemptSpec, Executor, Observation, OpenAttempt } from '../../pipeline/orchestrator/executor.ts';
import type { TaskId } from '../../tasks/artifacts/catalogue.ts';

export const succeeded: Observation = { phase: 'ended', outcome: 'succeeded', exitCode: 0 };

/** An executor without processes: a test says what becomes of each attempt, and what happens while it is idle. */
export class ScriptedExecutor implements Executor {
  readonly vanished = { outcome: 'lost', reason: 'it vanished' } as const;
  /** What was asked of it, as `start fetch_data 1`. */
  readonly calls: string[] = [];
  readonly idleSeconds: number[] = [];
  readonly #attempts = new Map<string, Observation>();
  /** What an attempt comes to as soon as it is started. */
  onStart: (spec: AttemptSpec) => Promise<Observation> | Observation = () => ({ phase: 'running' });
  onIdle: (seconds: number) => Promise<void> | void = () => {};
  onCancel: (attempt: OpenAttempt) => void = ({ taskId, number }) =>
    this.become(taskId, number, { phase: 'ended', outcome: 'preempted', exitCode: 143 });

  get starts(): string[] {
    return this.calls.filter((call) => call.startsWith('start')).map((call) => call.slice('start '.length));
  }

  become(taskId: TaskId, number: number, observation: Observation): void {
    this.#attempts.set(`${taskId} ${number}`, observation);
  }

  async start(spec: AttemptSpec): Promise<void> {
    this.calls.push(`start ${spec.task.taskId} ${spec.number}`);
    this.become(spec.task.taskId, spec.number, await this.onStart(spec));
  }

  async observe({ taskId, number }: OpenAttempt): Promise<Observation> {
    return this.#attempts.get(`${taskId} ${number}`) ?? { phase: 'absent' };
  }

  async cancel(attempt: OpenAttempt): Promise<void> {
    this.calls.push(`cancel ${attempt.taskId} ${attempt.number}`);
    if (this.#attempts.has(`${attempt.taskId} ${attempt.number}`)) this.onCancel(attempt);
  }

  async waitForChange(seconds: number): Promise<void> {
    if (this.idleSeconds.push(seconds) > 5000) throw new Error('the run does not settle');
    await this.onIdle(seconds);
    // timers and signals get their turn, as in a real pause
    await new Promise(setImmediate);
  }

  async close(): Promise<void> {
    this.calls.push('close');
    for (const [name, { phase }] of this.#attempts) {
      if (phase === 'running') this.#attempts.set(name, { phase: 'ended', outcome: 'cancelled' });
    }
  }
}
