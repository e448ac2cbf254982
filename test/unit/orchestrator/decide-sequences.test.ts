import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { creditDefaultDag } from '../../../pipeline/credit-default-dag.ts';
import type { Dag, TaskPolicy } from '../../../pipeline/orchestrator/dag.ts';
import { defineDag } from '../../../pipeline/orchestrator/dag.ts';
import { type Action, decide } from '../../../pipeline/orchestrator/decide.ts';
import type { Observation } from '../../../pipeline/orchestrator/executor.ts';
import { newRunRecord, openAttempt, type RunRecord, taskRecord } from '../../../pipeline/orchestrator/run-record.ts';
import { type TaskId, taskIds } from '../../../tasks/artifacts/catalogue.ts';
import { deepFreeze, factsOf, run, secondsLater, start, tasksOf } from '../../support/run-records.ts';

const ends: readonly Observation[] = [
  { phase: 'ended', outcome: 'succeeded', exitCode: 0 },
  { phase: 'ended', outcome: 'preempted', exitCode: 143 },
  { phase: 'ended', outcome: 'timed-out', exitCode: 124 },
  { phase: 'ended', outcome: 'cancelled' },
  { phase: 'ended', outcome: 'lost' },
  { phase: 'stuck', outcome: 'lost', reason: 'its node is gone' },
  { phase: 'stale' },
  ...[1, 65, 66, 70, 75, 137].map((exitCode) => ({ phase: 'ended', outcome: 'failed', exitCode }) as const),
];

const changes = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ what: 'runs' } as const) },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('ends' as const), how: fc.constantFrom(...ends) }) },
  { weight: 2, arbitrary: fc.constant({ what: 'publishes' } as const) },
  { weight: 1, arbitrary: fc.constant({ what: 'vanishes' } as const) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('loses' as const), task: fc.constantFrom(...taskIds) }) },
);

const turns = fc.array(
  fc.record({
    seconds: fc.nat(20),
    change: changes,
    crashesBeforeActing: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  }),
  { maxLength: 60 },
);

const policies: fc.Arbitrary<Partial<TaskPolicy>> = fc.record({
  retries: fc.nat(3),
  maxPreemptions: fc.nat(3),
  retryDelaySeconds: fc.nat(30),
  retryExponentialBackoff: fc.boolean(),
  executionTimeoutSeconds: fc.integer({ min: 1, max: 60 }),
});

type Change = typeof changes extends fc.Arbitrary<infer T> ? T : never;

function openTasks(record: RunRecord): TaskId[] {
  return taskIds.filter((taskId) => openAttempt(taskRecord(record, taskId)) !== undefined);
}

/** Attempts as an executor would have them, and outputs as a store would; both change without being asked. */
class World {
  readonly #dag: Dag;
  readonly #attempts = new Map<TaskId, { number: number; observation: Observation }>();
  readonly #published = new Set<TaskId>();
  record: RunRecord;
  #seconds = 0;

  constructor(dag: Dag) {
    this.#dag = dag;
    this.record = newRunRecord(dag, run, start);
  }

  turn(secondsPassed: number, crashesBeforeActing: boolean): void {
    this.#seconds += secondsPassed;
    const observations = Object.fromEntries(openTasks(this.record).map((id) => [id, this.#observe(id)]));
    const facts = factsOf([...this.#published], observations);
    const { record, actions } = decide(this.#dag, deepFreeze(this.record), facts, secondsLater(this.#seconds));
    this.record = record;
    if (!crashesBeforeActing) for (const action of actions) this.#act(action);
    for (const taskId of taskIds) this.#check(taskId);
  }

  change(change: Change): void {
    if (change.what === 'loses') {
      this.#published.delete(change.task);
      return;
    }
    for (const [taskId, attempt] of this.#attempts) {
      if (attempt.observation.phase === 'ended' || attempt.observation.phase === 'stale') continue;
      if (change.what === 'vanishes') this.#attempts.delete(taskId);
      if (change.what === 'publishes') this.publish(taskId);
      if (change.what === 'runs') attempt.observation = { phase: 'running' };
      if (change.what === 'ends') attempt.observation = change.how;
    }
  }

  publish(taskId: TaskId): void {
    this.#published.add(taskId);
    const attempt = this.#attempts.get(taskId);
    if (attempt) attempt.observation = { phase: 'ended', outcome: 'succeeded', exitCode: 0 };
  }

  #observe(taskId: TaskId): Observation {
    const attempt = this.#attempts.get(taskId);
    return attempt?.number === tasksOf(this.record)[taskId].attempts.at(-1)?.number && attempt
      ? attempt.observation
      : { phase: 'absent' };
  }

  #act(action: Action): void {
    const { taskId } = action;
    const attempt = this.#attempts.get(taskId);
    if (action.type === 'cancel') {
      const isLeft = attempt?.observation.phase === 'stuck' || attempt?.observation.phase === 'stale';
      if (isLeft) this.#attempts.delete(taskId);
      else if (attempt) attempt.observation = { phase: 'ended', outcome: 'preempted', exitCode: 143 };
      return;
    }
    assert(!attempt || attempt.observation.phase === 'ended', `${taskId} has two attempts at once`);
    assert(!attempt || action.number > attempt.number, `${taskId} takes number ${action.number} again`);
    this.#attempts.set(taskId, { number: action.number, observation: { phase: 'queued' } });
  }

  #check(taskId: TaskId): void {
    const { attempts } = tasksOf(this.record)[taskId];
    const { retries, maxPreemptions } = this.#dag.tasks[0]?.policy ?? { retries: 0, maxPreemptions: 0 };
    assert.deepEqual(
      attempts.map(({ number }) => number),
      attempts.map((_, index) => index + 1),
    );
    assert(attempts.slice(0, -1).every(({ phase }) => phase === 'ended'));
    const isUnchargedExit = (exitCode: number | undefined) => exitCode === 66 || exitCode === 75;
    const failed = attempts.filter(({ outcome }) => outcome === 'failed' || outcome === 'timed-out');
    const charged = failed.filter(({ outcome, exitCode }) => outcome === 'timed-out' || !isUnchargedExit(exitCode));
    const uncharged = attempts.filter(({ outcome }) => outcome === 'preempted' || outcome === 'lost');
    assert(charged.length <= retries + 1, `${charged.length} charged attempts`);
    assert(uncharged.length + failed.length - charged.length <= maxPreemptions + 1);
  }
}

test('attempts never overlap, numbers only grow, and no attempt is granted beyond the policy', () => {
  fc.assert(
    fc.property(policies, turns, (policy, steps) => {
      const world = new World(defineDag(creditDefaultDag, 'credit_default_pipeline', policy));
      for (const { seconds, change, crashesBeforeActing } of steps) {
        world.turn(seconds, crashesBeforeActing);
        world.change(change);
      }
    }),
    { numRuns: 400 },
  );
});

test('a run settles once attempts succeed again', () => {
  fc.assert(
    fc.property(policies, turns, (policy, steps) => {
      const world = new World(defineDag(creditDefaultDag, 'credit_default_pipeline', policy));
      for (const { seconds, change, crashesBeforeActing } of steps) {
        world.turn(seconds, crashesBeforeActing);
        world.change(change);
      }
      for (let turn = 0; turn < 30; turn++) {
        world.turn(60 * 60, false);
        for (const taskId of openTasks(world.record)) world.publish(taskId);
      }
      assert.notEqual(world.record.state, 'running');
      assert.deepEqual(openTasks(world.record), []);
    }),
    { numRuns: 200 },
  );
});
