import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { describe, test } from 'node:test';
import { thisProcess } from '../../../pipeline/orchestrator/lease.ts';
import { type FoundRun, planRun, reprocessings } from '../../../pipeline/orchestrator/plan-backfill.ts';
import type { RunRecord } from '../../../pipeline/orchestrator/run-record.ts';
import { taskIds } from '../../../tasks/artifacts/catalogue.ts';
import { dag, endedAttempt, queuedAttempt, recordWith, run, secondsLater, start } from '../../support/run-records.ts';

const everything = [...taskIds];
const afterwards = secondsLater(3600);
const success: RunRecord = {
  ...recordWith({ evaluate_model: { state: 'success', attempts: [endedAttempt(1, 'succeeded', 0)] } }, everything),
  state: 'success',
};
const failed: RunRecord = {
  ...recordWith(
    {
      train_model: { state: 'failed', attempts: [endedAttempt(1, 'failed', 65)] },
      evaluate_model: { state: 'upstream_failed' },
    },
    ['create_s3_bucket', 'fetch_data'],
  ),
  state: 'failed',
};
const unfinished = recordWith({ fetch_data: { state: 'none', attempts: [endedAttempt(1, 'cancelled')] } });

const found: Readonly<Record<string, Omit<FoundRun, 'run'>>> = {
  none: { record: undefined, isPublished: false },
  unfinished: { record: unfinished, isPublished: false },
  success: { record: success, isPublished: true },
  lost: { record: success, isPublished: false },
  failed: { record: failed, isPublished: false },
  unreadable: { record: 'unreadable', isPublished: false },
};

/** By state: what `missing`, `failed` and `all` do. Undefined: nothing; else what is cleared before it is run. */
const table = {
  none: [[], [], []],
  unfinished: [[], [], everything],
  success: [undefined, undefined, everything],
  lost: [[], [], everything],
  failed: [undefined, ['train_model', 'evaluate_model'], everything],
  unreadable: [undefined, undefined, everything],
} as const;

function plan(state: string, reprocess: (typeof reprocessings)[number], begunAt = afterwards) {
  const { record, isPublished } = found[state] ?? assert.fail(state);
  return planRun(dag, { run, record, isPublished }, { reprocess, begunAt });
}

describe('what a backfill does with a run', () => {
  for (const [state, expected] of Object.entries(table)) {
    reprocessings.forEach((reprocess, column) => {
      const cleared = expected[column];
      test(`that is ${state}, with --reprocess ${reprocess}: ${cleared ? `clear ${cleared.length} tasks, run` : 'nothing'}`, () => {
        const planned = plan(state, reprocess);
        assert.deepEqual(
          [planned.state, planned.isWanted, planned.cleared, planned.run],
          [state, cleared !== undefined, cleared ?? [], run],
        );
        assert.notEqual(planned.reason, '');
      });
    });
  }
});

test('what has run since the backfill began is its own work, which it neither clears nor does again', () => {
  for (const reprocess of ['failed', 'all'] as const) {
    assert.deepEqual(
      [plan('success', reprocess, start).isWanted, plan('failed', reprocess, start).isWanted],
      [false, false],
    );
    const { isWanted, cleared } = plan('unfinished', reprocess, start);
    assert.deepEqual([isWanted, cleared], [true, []]);
  }
  assert.equal(plan('success', 'all', secondsLater(1)).isWanted, true);
});

test('an attempt that is only queued is work too', () => {
  const record = recordWith({ fetch_data: { state: 'queued', attempts: [queuedAttempt(1)] } });
  const request = { reprocess: 'all', begunAt: start } as const;
  assert.deepEqual(planRun(dag, { run, record, isPublished: false }, request).cleared, []);
});

test('who leads an unfinished run is named, unless that process is dead', () => {
  const led = (host: string, pid: number): RunRecord => ({
    ...unfinished,
    lease: { holder: { id: 'x', host, pid, startedAt: start.toISOString() }, counter: 1 },
  });
  const reason = (record: RunRecord) =>
    planRun(dag, { run, record, isPublished: false }, { reprocess: 'missing', begunAt: afterwards }).reason;
  assert.match(reason(led('elsewhere/boot/1', 7)), /^led by process 7 on elsewhere$/);
  assert.equal(reason(led(thisProcess.host, process.ppid)), `led by process ${process.ppid} on ${hostname()}`);
  assert.equal(reason(led(thisProcess.host, 2 ** 22 + 1)), 'it is unfinished');
  assert.equal(reason(unfinished), 'it is unfinished');
});
