import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { hostOf } from '../cluster-objects.ts';
import { jobOf } from '../measures.ts';
import { outcomesOf, PipelineRun } from '../pipeline-run.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import type { Finding } from '../table.ts';
import { longTraining } from './long-training.ts';

/** In the middle of a task: the attempt is well, and must not be given up. */
export const apiOutages: readonly Scenario[] = [30, 60, 90].map((seconds) => ({
  name: `api-away-${seconds}`,
  needs: ['stopApi', 'startApi'],
  async play(stage: Stage) {
    const run = await PipelineRun.start(stage, this.name, { env: longTraining });
    await stage.midTrain(run.dag);
    await stage.withoutApi(seconds);
    return finishOnce(run);
  },
}));

export const apiOutageBetweenTasks: Scenario = {
  name: 'api-away-between-tasks',
  needs: ['stopApi', 'startApi'],
  async play(stage) {
    const run = await PipelineRun.start(stage, this.name, { env: longTraining });
    const fetch = { dag: run.dag, task: 'fetch_data', attempt: 1 };
    await stage.watch.until('the Job of fetch_data', 180, () => jobOf(stage.watch.sightings, fetch));
    await stage.withoutApi(60);
    return finishOnce(run);
  },
};

export const powerCutInApiOutage: Scenario = {
  name: 'api-away-and-power-cut',
  needs: ['kill', 'stopApi', 'startApi'],
  play(stage) {
    return stage.losingNode(async ({ safe, victim }) => {
      const hosts = { host: hostOf(safe), tasksHost: hostOf(victim) };
      const run = await PipelineRun.start(stage, this.name, { env: longTraining, ...hosts });
      await stage.midTrain(run.dag);
      await stage.withoutApi(60, () => stage.act('kill', victim.metadata.name));
      const { status, finding } = await run.finish();
      const training = status.tasks.find(({ taskId }) => taskId === 'train_model');
      const outcomes = training?.attempts.map(({ outcome }) => outcome);
      assert.deepEqual(outcomes, ['lost', 'succeeded']);
      return finding;
    });
  },
};

async function finishOnce(run: PipelineRun): Promise<Finding> {
  const { status, finding } = await run.finish();
  const outcomes = outcomesOf(status);
  const once = Array(status.tasks.length).fill(['succeeded']);
  assert.ok(isDeepStrictEqual(outcomes, once), `the attempts ended as ${JSON.stringify(outcomes)}`);
  return finding;
}
