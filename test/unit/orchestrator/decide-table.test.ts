import assert from 'node:assert/strict';
import { test } from 'node:test';
import { creditDefaultDag } from '../../../pipeline/credit-default-dag.ts';
import { defineDag } from '../../../pipeline/orchestrator/dag.ts';
import { decide } from '../../../pipeline/orchestrator/decide.ts';
import type { Observation, Outcome } from '../../../pipeline/orchestrator/executor.ts';
import type { AttemptRecord } from '../../../pipeline/orchestrator/run-record.ts';
import { endedAttempt, factsOf, recordWith, secondsLater, startedAttempt, tasksOf } from '../../support/run-records.ts';

const retries = 3;
const cap = 10;
const retryDelaySeconds = 300;
const executionTimeoutSeconds = 7200;
const dag = defineDag(creditDefaultDag, 'credit_default_pipeline', {
  retries,
  maxPreemptions: cap,
  retryDelaySeconds,
  executionTimeoutSeconds,
});

const seenOnes: Readonly<Record<string, Observation>> = {
  running: { phase: 'running' },
  queued: { phase: 'queued' },
  absent: { phase: 'absent' },
  stale: { phase: 'stale' },
  'stuck on a dead node': { phase: 'stuck', outcome: 'lost', reason: 'its node is gone' },
  'stuck without its image': { phase: 'stuck', outcome: 'failed', reason: 'no such image' },
  succeeded: { phase: 'ended', outcome: 'succeeded' },
  failed: { phase: 'ended', outcome: 'failed' },
  preempted: { phase: 'ended', outcome: 'preempted' },
  'timed-out': { phase: 'ended', outcome: 'timed-out' },
  lost: { phase: 'ended', outcome: 'lost' },
  cancelled: { phase: 'ended', outcome: 'cancelled' },
  'exit 0': { phase: 'ended', outcome: 'succeeded', exitCode: 0 },
  'exit 1': { phase: 'ended', outcome: 'failed', exitCode: 1 },
  'exit 64': { phase: 'ended', outcome: 'failed', exitCode: 64 },
  'exit 65': { phase: 'ended', outcome: 'failed', exitCode: 65 },
  'exit 66': { phase: 'ended', outcome: 'failed', exitCode: 66 },
  'exit 69': { phase: 'ended', outcome: 'failed', exitCode: 69 },
  'exit 70': { phase: 'ended', outcome: 'failed', exitCode: 70 },
  'exit 75': { phase: 'ended', outcome: 'failed', exitCode: 75 },
  'exit 77': { phase: 'ended', outcome: 'failed', exitCode: 77 },
  'exit 124': { phase: 'ended', outcome: 'timed-out', exitCode: 124 },
  'exit 137': { phase: 'ended', outcome: 'failed', exitCode: 137 },
  'exit 143': { phase: 'ended', outcome: 'preempted', exitCode: 143 },
};

interface Case {
  readonly seen: string;
  readonly charged: number;
  readonly uncharged: number;
  readonly isPublished: boolean;
  readonly isOverdue: boolean;
  readonly ending: 'timed-out' | 'cancelled' | undefined;
}

interface Answer {
  readonly state: string;
  readonly outcome?: Outcome | undefined;
  readonly ending?: string | undefined;
  readonly retryInSeconds?: number | undefined;
  readonly actions: readonly string[];
}

for (const seen of Object.keys(seenOnes)) {
  test(`a running attempt that is seen ${seen} leads to what the contract says, after any history`, () => {
    for (const given of casesOf(seen)) {
      assert.deepEqual(decided(given), expected(given), `given ${JSON.stringify(given)}`);
    }
  });
}

function casesOf(seen: string): Case[] {
  const cases: Case[] = [];
  for (let charged = 0; charged <= retries + 1; charged++) {
    for (const uncharged of [0, cap - 1, cap]) {
      for (const isPublished of [false, true]) {
        for (const isOverdue of [false, true]) {
          for (const ending of [undefined, 'timed-out', 'cancelled'] as const) {
            cases.push({ seen, charged, uncharged, isPublished, isOverdue, ending });
          }
        }
      }
    }
  }
  return cases;
}

/** The contract in short: markers, then what we ended it for, then what was seen; then the counts. */
function expected(given: Case): Answer {
  const { seen, isPublished, isOverdue } = given;
  if (seen === 'stale') return { state: 'queued', ending: given.ending, actions: ['cancel'] };
  const observed = seenOnes[seen];
  if (observed?.phase === 'stuck') {
    return { state: 'running', ending: given.ending ?? observed.outcome, actions: ['cancel'] };
  }
  if (seen === 'running' || seen === 'queued') {
    const ending = given.ending ?? (isOverdue ? 'timed-out' : undefined);
    return { state: 'running', ending, actions: ending ? ['cancel'] : [] };
  }
  const { ending } = given;
  if (isPublished) return { state: 'success', outcome: 'succeeded', ending, actions: [] };

  const outcome = ending ?? outcomeWithoutOutputs[seen];
  const verdict = ending === 'timed-out' ? 'charged' : ending === 'cancelled' ? 'free' : verdicts[seen];
  const charged = given.charged + (verdict === 'charged' ? 1 : 0);
  const uncharged = given.uncharged + (verdict === 'uncharged' ? 1 : 0);
  if (verdict === 'final' || charged > retries || uncharged > cap)
    return { state: 'failed', outcome, ending, actions: [] };
  if (verdict === 'charged')
    return { state: 'up_for_retry', outcome, ending, retryInSeconds: retryDelaySeconds, actions: [] };
  const placement = uncharged === cap ? 'on-demand' : 'spot';
  return { state: 'queued', outcome, ending, actions: [`start ${numberOfOpen(given) + 1} ${placement}`] };
}

const outcomeWithoutOutputs: Readonly<Record<string, Outcome>> = {
  absent: 'lost',
  succeeded: 'failed',
  failed: 'failed',
  preempted: 'preempted',
  'timed-out': 'timed-out',
  lost: 'lost',
  cancelled: 'cancelled',
  'exit 0': 'failed',
  'exit 1': 'failed',
  'exit 64': 'failed',
  'exit 65': 'failed',
  'exit 66': 'failed',
  'exit 69': 'failed',
  'exit 70': 'failed',
  'exit 75': 'failed',
  'exit 77': 'failed',
  'exit 124': 'timed-out',
  'exit 137': 'failed',
  'exit 143': 'preempted',
};

const verdicts: Readonly<Record<string, 'charged' | 'uncharged' | 'final' | 'free'>> = {
  absent: 'uncharged',
  succeeded: 'charged',
  failed: 'charged',
  preempted: 'uncharged',
  'timed-out': 'charged',
  lost: 'uncharged',
  cancelled: 'free',
  'exit 0': 'charged',
  'exit 1': 'charged',
  'exit 64': 'final',
  'exit 65': 'final',
  'exit 66': 'uncharged',
  'exit 69': 'charged',
  'exit 70': 'charged',
  'exit 75': 'uncharged',
  'exit 77': 'final',
  'exit 124': 'charged',
  'exit 137': 'charged',
  'exit 143': 'uncharged',
};

function numberOfOpen({ charged, uncharged }: Case): number {
  return charged + uncharged + 1;
}

/** What the code makes of it, in the terms of the specification. */
function decided(given: Case): Answer {
  const now = secondsLater(given.isOverdue ? executionTimeoutSeconds : executionTimeoutSeconds - 1);
  const before = recordWith({ train_model: { state: 'running', attempts: historyOf(given) } });
  const observations = { train_model: seenOnes[given.seen] ?? { phase: 'absent' } } as const;
  const published = given.isPublished ? (['train_model'] as const) : [];
  const facts = factsOf(['create_s3_bucket', 'fetch_data', ...published], observations);
  const { record, actions } = decide(dag, before, facts, now);
  const task = tasksOf(record).train_model;
  const attempt = task.attempts[numberOfOpen(given) - 1];
  const retryInSeconds = task.retryAt && (Date.parse(task.retryAt) - now.getTime()) / 1000;
  return {
    state: task.state,
    ...(attempt?.outcome && { outcome: attempt.outcome }),
    ending: attempt?.ending?.outcome,
    ...(retryInSeconds && { retryInSeconds }),
    actions: actions
      .filter(({ taskId }) => taskId === 'train_model')
      .map((action) => (action.type === 'start' ? `start ${action.number} ${action.placement}` : action.type)),
  };
}

function historyOf({ charged, uncharged, ending }: Case): AttemptRecord[] {
  const past = Array.from({ length: charged + uncharged }, (_, index) =>
    endedAttempt(index + 1, index < charged ? 'failed' : 'preempted'),
  );
  return [...past, { ...startedAttempt(past.length + 1), ...(ending && { ending: { outcome: ending } }) }];
}
