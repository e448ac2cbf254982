import assert from 'node:assert/strict';
import { hasEnded } from '../cluster-objects.ts';
import { kubectl } from '../kubectl.ts';
import { handovers, jobsOfRun, podsOfJob } from '../measures.ts';
import { PipelineRun } from '../pipeline-run.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { secondsText } from '../table.ts';
import { longTraining } from './long-training.ts';

const cronJob = 'credit-default-pipeline';

export const wholeRun: Scenario = {
  name: 'whole-run',
  needs: [],
  async play(stage) {
    const run = await PipelineRun.start(stage, this.name);
    const { finding } = await run.finish();
    assert.equal(finding.charged, 0);

    const [pod] = podsOfJob(stage.watch.sightings, run.orchestrator);
    const seconds = (pod?.endedAt ?? Number.NaN) - (pod?.runningAt ?? Number.NaN);
    const steps = handovers(stage.watch.sightings, run.dag).map(secondsText).join(' ');
    return { ...finding, remark: `${secondsText(seconds)} s in all; from success to the next Job: ${steps} s` };
  },
};

export const twoOrchestrators: Scenario = {
  name: 'two-orchestrators',
  needs: [],
  async play(stage) {
    const second = `run-${this.name}-second`;
    const run = await PipelineRun.start(stage, this.name, { env: longTraining, backoffLimit: 0 });
    await run.lead(second, { env: longTraining, backoffLimit: 0 });

    const jobs = [run.orchestrator, second];
    const codes = await Promise.all(jobs.map((job) => exitCodeOf(stage, job)));
    assert.equal(codes.toSorted().join(), '0,75', `the exit codes were ${codes.join(' and ')}`);
    const { finding } = await run.finish(jobs[codes.indexOf(0)]);
    assert.equal(finding.charged, 0);
    return finding;
  },
};

/** The due run is done by hand; then the CronJob wakes, and leaves it at that. */
export const notDue: Scenario = {
  name: 'cron-job-not-due',
  needs: [],
  async play(stage) {
    const jobs = () => jobsOfRun(stage.watch.sightings, 'credit_default_pipeline').length;
    await stage.startOrchestrator({ name: `run-${this.name}` });
    await stage.untilSucceeded(`run-${this.name}`, 300);
    const before = jobs();

    await change(stage, { schedule: '* * * * *', suspend: false });
    try {
      await stage.untilSucceeded(await nextWakeUp(stage), 120);
    } finally {
      await change(stage, { suspend: true });
    }
    assert.equal(jobs(), before, 'it started a Job although nothing was due');
    return { charged: 0 };
  },
};

async function exitCodeOf(stage: Stage, job: string): Promise<number> {
  await stage.watch.until(`the end of Job ${job}`, 600, ({ jobs }) =>
    jobs.find((found) => found.metadata.name === job && hasEnded(found)),
  );
  return podsOfJob(stage.watch.sightings, job).at(-1)?.exitCode ?? Number.NaN;
}

async function change(stage: Stage, spec: Readonly<Record<string, unknown>>): Promise<void> {
  await kubectl(['patch', 'cronjob', cronJob, '-n', stage.namespace, '--type=merge', '-p', JSON.stringify({ spec })]);
}

async function nextWakeUp(stage: Stage): Promise<string> {
  return stage.watch.until('the CronJob to wake', 100, ({ jobs }) => {
    const isOfCronJob = jobs.find(({ metadata }) => metadata.ownerReferences.some(({ kind }) => kind === 'CronJob'));
    return isOfCronJob?.metadata.name;
  });
}
