import assert from 'node:assert/strict';
import { hostOf } from '../cluster-objects.ts';
import { recoveryOf } from '../measures.ts';
import { PipelineRun } from '../pipeline-run.ts';
import type { Scenario } from '../scenario.ts';
import type { NodeAction } from '../settings.ts';
import type { SeenPod } from '../sightings.ts';
import type { Stage } from '../stage.ts';
import type { Finding } from '../table.ts';
import { now } from '../watch.ts';
import { longTraining } from './long-training.ts';

export const evicted: Scenario = {
  name: 'evicted',
  needs: [],
  async play(stage) {
    const run = await PipelineRun.start(stage, this.name, { env: longTraining });
    const pod = await stage.midTrain(run.dag);
    await stage.evict(pod.name);
    return finishReplaced(stage, run, await stage.untilPodEnded(pod.name));
  },
};

export const preempted = losingTheTasksNode('node-preempted', ['preempt'], async (stage, pod) => {
  await stage.act('preempt', pod.nodeName);
  return stage.untilPodEnded(pod.name);
});

export const nodeDeleted = losingTheTasksNode('power-cut-node-deleted', ['kill', 'delete'], async (stage, pod) => {
  await stage.act('kill', pod.nodeName);
  await stage.act('delete', pod.nodeName);
  return stage.untilNodeLost(pod.nodeName);
});

export const nodeKept = losingTheTasksNode('power-cut-node-kept', ['kill'], async (stage, pod) => {
  const cutAt = now();
  await stage.act('kill', pod.nodeName);
  // the Lease shows it long before the Ready condition
  return cutAt;
});

type TakeNode = (stage: Stage, pod: SeenPod & { readonly nodeName: string }) => Promise<number>;

/**
 * In the middle of train_model, with the orchestrator on another node.
 * @param take takes the node away, and returns when it was lost: from then on the recovery is measured
 */
function losingTheTasksNode(name: string, needs: readonly NodeAction[], take: TakeNode): Scenario {
  return {
    name,
    needs,
    play: (stage) =>
      stage.losingNode(async ({ safe, victim }) => {
        const hosts = { host: hostOf(safe), tasksHost: hostOf(victim) };
        const run = await PipelineRun.start(stage, name, { env: longTraining, ...hosts });
        const pod = await stage.midTrain(run.dag);
        assert.equal(pod.nodeName, victim.metadata.name, 'train_model was placed on another node than was preferred');
        return finishReplaced(stage, run, await take(stage, pod));
      }),
  };
}

/** The lost attempt must have been replaced uncharged. */
async function finishReplaced(stage: Stage, run: PipelineRun, lostAt: number): Promise<Finding> {
  const { status, finding } = await run.finish();
  const attempts = status.tasks.find(({ taskId }) => taskId === 'train_model')?.attempts ?? [];
  const isReplacedOnce =
    attempts.map(({ isUncharged, isCharged }) => isUncharged && !isCharged).join() === 'true,false';
  assert.ok(isReplacedOnce, `train_model was not lost once, uncharged: ${JSON.stringify(attempts)}`);
  const lost = { dag: run.dag, task: 'train_model', attempt: 1 };
  return { ...finding, recovery: recoveryOf(stage.watch.sightings, lost, lostAt) };
}
