import assert from 'node:assert/strict';
import { z } from 'zod';
import { placementOn, type Variation } from './job-of.ts';
import { jobsOfRun, overheads } from './measures.ts';
import type { Stage } from './stage.ts';
import type { Finding } from './table.ts';

const logicalDate = '2024-01-01';

const statusSchema = z.object({
  state: z.string(),
  tasks: z.array(
    z.object({
      taskId: z.string(),
      attempts: z.array(
        z.object({
          number: z.number(),
          outcome: z.string().optional(),
          exitCode: z.number().optional(),
          isCharged: z.boolean(),
          isUncharged: z.boolean(),
        }),
      ),
    }),
  ),
});

export type RunStatus = z.output<typeof statusSchema>;

export interface RunRequest extends Omit<Variation, 'name' | 'args'> {
  /** The host that tasks are to run on, while that is there. */
  readonly tasksHost?: string;
}

/** A run of its own DAG id, so that scenarios do not see each other's artifacts, and of the Jobs that carry it out. */
export class PipelineRun {
  readonly dag: string;
  /** The Job of its first orchestrator. */
  readonly orchestrator: string;
  readonly #stage: Stage;

  private constructor(stage: Stage, scenario: string) {
    this.#stage = stage;
    this.dag = `e2e_${scenario.replaceAll('-', '_')}`;
    this.orchestrator = `run-${scenario}`;
  }

  static async start(stage: Stage, scenario: string, request: RunRequest = {}): Promise<PipelineRun> {
    const run = new PipelineRun(stage, scenario);
    await run.lead(run.orchestrator, request);
    return run;
  }

  /** Starts an orchestrator for it. */
  async lead(name: string, { tasksHost, env, ...variation }: RunRequest): Promise<void> {
    const placement = tasksHost === undefined ? {} : { SPOT_POD: placementOn(tasksHost) };
    await this.#stage.startOrchestrator({
      ...variation,
      name,
      args: ['run', '--executor', 'kubernetes', '--logical-date', logicalDate],
      env: { DAG_ID: this.dag, ...placement, ...env },
    });
  }

  /**
   * Waits until it has succeeded; every attempt must have had one Job, and no more than one.
   * @param leader the Job of the orchestrator that leads it
   */
  async finish(leader = this.orchestrator): Promise<{ readonly status: RunStatus; readonly finding: Finding }> {
    const { sightings } = this.#stage.watch;
    await this.#stage.untilSucceeded(leader, 900);
    const status = await this.status();
    assert.equal(status.state, 'success');

    const jobs = jobsOfRun(sightings, this.dag);
    const attempts = status.tasks.flatMap((task) => task.attempts);
    assert.equal(jobs.length, attempts.length, `${attempts.length} attempts had ${jobs.length} Jobs`);
    for (const { name, uids } of jobs) assert.equal(uids.size, 1, `Job ${name} was created ${uids.size} times`);

    const charged = attempts.filter(({ isCharged }) => isCharged).length;
    return { status, finding: { charged, overheads: overheads(sightings, this.dag, leader) } };
  }

  async status(): Promise<RunStatus> {
    const said = await this.#stage.command({
      name: `${this.orchestrator}-status`,
      args: ['status', logicalDate, '--json'],
      env: { DAG_ID: this.dag },
    });
    return statusSchema.parse(JSON.parse(said.slice(said.indexOf('{'), said.lastIndexOf('}') + 1)));
  }
}

/** What each attempt of each task ended as. */
export function outcomesOf({ tasks }: RunStatus): (string | undefined)[][] {
  return tasks.map(({ attempts }) => attempts.map(({ outcome }) => outcome));
}
