import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { hostOf } from '../cluster-objects.ts';
import { kubectl } from '../kubectl.ts';
import { jobOf, podsOfJob } from '../measures.ts';
import { outcomesOf, PipelineRun } from '../pipeline-run.ts';
import type { Scenario } from '../scenario.ts';
import type { SeenPod } from '../sightings.ts';
import type { Stage } from '../stage.ts';
import type { Finding } from '../table.ts';
import { now } from '../watch.ts';
import { longTraining } from './long-training.ts';

/** Killed as soon as its first Job is seen, before it can have written down more than that it meant to create it. */
export const beforeRecord: Scenario = {
  name: 'orchestrator-between-create-and-record',
  needs: [],
  async play(stage) {
    const run = await PipelineRun.start(stage, this.name);
    const first = { dag: run.dag, task: 'create_s3_bucket', attempt: 1 };
    await stage.watch.until('the first Job', 180, () => jobOf(stage.watch.sightings, first));
    const pod = await orchestratorPod(stage, run);
    await kubectl(['delete', 'pod', pod.name, '-n', stage.namespace, '--grace-period=0', '--force', '--wait=false']);
    return finishOnce(stage, run, pod, now());
  },
};

export const midTask: Scenario = {
  name: 'orchestrator-mid-task',
  needs: [],
  async play(stage) {
    const run = await PipelineRun.start(stage, this.name, { env: longTraining });
    await stage.midTrain(run.dag);
    const pod = await orchestratorPod(stage, run);
    await kubectl(['delete', 'pod', pod.name, '-n', stage.namespace, '--wait=false']);
    return finishOnce(stage, run, pod, now());
  },
};

export const orchestratorNodeKept: Scenario = {
  name: 'orchestrator-power-cut-node-kept',
  needs: ['kill'],
  play(stage) {
    return stage.losingNode(async ({ safe, victim }) => {
      const hosts = { host: hostOf(victim), tasksHost: hostOf(safe) };
      const run = await PipelineRun.start(stage, this.name, { env: longTraining, ...hosts });
      await stage.midTrain(run.dag);
      const pod = await orchestratorPod(stage, run);
      assert.equal(
        pod.nodeName,
        victim.metadata.name,
        'the orchestrator was placed on another node than was preferred',
      );
      await stage.act('kill', victim.metadata.name);
      return finishOnce(stage, run, pod, now());
    });
  },
};

async function orchestratorPod(stage: Stage, run: PipelineRun): Promise<SeenPod> {
  const { sightings } = stage.watch;
  return stage.watch.until('the orchestrator', 60, () => podsOfJob(sightings, run.orchestrator)[0]);
}

/** Only the orchestrator may have noticed: one attempt for each task. */
async function finishOnce(stage: Stage, run: PipelineRun, lost: SeenPod, lostAt: number): Promise<Finding> {
  const { status, finding } = await run.finish();
  const outcomes = outcomesOf(status);
  const once = Array(status.tasks.length).fill(['succeeded']);
  assert.ok(isDeepStrictEqual(outcomes, once), `the attempts ended as ${JSON.stringify(outcomes)}`);
  const pods = podsOfJob(stage.watch.sightings, run.orchestrator).filter(({ name }) => name !== lost.name);
  const runningAt = pods[0]?.runningAt ?? assert.fail('the orchestrator ended before it was taken away');
  return { ...finding, recovery: { podRunning: runningAt - lostAt } };
}
