import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { exitOneThreeTimes, hangOnce, hogMemoryOnce } from '../breakage.ts';
import { podOf } from '../measures.ts';
import { outcomesOf, PipelineRun, type RunStatus } from '../pipeline-run.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import type { Finding } from '../table.ts';

const fourTasks = 4;

/** Each of the four tasks does so, since they share their environment. */
export const exitsOne: Scenario = {
  name: 'exits-1-three-times',
  needs: [],
  async play(stage) {
    const { status, finding } = await runBroken(stage, this.name, exitOneThreeTimes, { RETRY_DELAY_SECONDS: '1' });
    assertEach(status, ['failed', 'failed', 'failed', 'succeeded']);
    return finding;
  },
};

export const outOfMemory: Scenario = {
  name: 'out-of-memory',
  needs: [],
  async play(stage) {
    const { run, status, finding } = await runBroken(stage, this.name, hogMemoryOnce, { RETRY_DELAY_SECONDS: '1' });
    assertEach(status, ['failed', 'succeeded']);
    for (const { taskId } of status.tasks) {
      const pod = podOf(stage.watch.sightings, { dag: run.dag, task: taskId, attempt: 1 });
      assert.equal(pod?.reason, 'OOMKilled', `${taskId} ended with ${pod?.exitCode}, ${pod?.reason}`);
    }
    return finding;
  },
};

export const hang: Scenario = {
  name: 'times-out',
  needs: [],
  async play(stage) {
    const limits = { EXECUTION_TIMEOUT_SECONDS: '20', GRACE_PERIOD_SECONDS: '2', RETRY_DELAY_SECONDS: '1' };
    const { status, finding } = await runBroken(stage, this.name, hangOnce, limits);
    assertEach(status, ['timed-out', 'succeeded']);
    return finding;
  },
};

async function runBroken(
  stage: Stage,
  scenario: string,
  breakage: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly run: PipelineRun; readonly status: RunStatus; readonly finding: Finding }> {
  const { data } = z
    .looseObject({ data: z.record(z.string(), z.string()) })
    .parse(stage.manifest('ConfigMap', 'tasks'));
  const TASK_CONFIG = `tasks-${scenario}`;
  await stage.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: TASK_CONFIG },
    data: { ...data, ...breakage },
  });
  const run = await PipelineRun.start(stage, scenario, { env: { ...env, TASK_CONFIG } });
  return { run, ...(await run.finish()) };
}

function assertEach(status: RunStatus, outcomes: readonly string[]): void {
  const found = outcomesOf(status);
  assert.ok(
    isDeepStrictEqual(found, Array(fourTasks).fill(outcomes)),
    `the attempts ended as ${JSON.stringify(found)}`,
  );
}
