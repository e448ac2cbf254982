import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunRecord } from '../../../pipeline/orchestrator/run-record.ts';
import { RunStore } from '../../../pipeline/orchestrator/run-store.ts';
import { PageWriter } from '../../../pipeline/pages/page-writer.ts';
import { Pages } from '../../../pipeline/pages/pages.ts';
import { runPageKey } from '../../../tasks/artifacts/artifact-keys.ts';
import { runOf } from '../../../tasks/artifacts/run-dates.ts';
import { readAll } from '../../../tasks/artifacts/stores/read-all.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { keepLog } from '../../support/orchestration.ts';
import { dag, recordWith, secondsLater } from '../../support/run-records.ts';

test('of runs that go on at once, each page has the end of its run', async () => {
  const store = new MemoryStore();
  const runs = new RunStore(store, dag.dagId);
  const parts = { dag, store, runs, prices: undefined, lateAfterSeconds: 3600, clock: () => secondsLater(0) };
  const writer = new PageWriter(new Pages(parts), store, dag.dagId, keepLog().log);
  const recordAt = (date: string, state: RunRecord['state']): RunRecord => {
    const { timestamp, runId } = runOf(dag.schedule, date, secondsLater(0));
    return { ...recordWith({}), timestamp, runId, state };
  };
  const show = async (record: RunRecord) => {
    await runs.save(record, (await runs.load(record.timestamp))?.info);
    writer.show(record);
  };
  const dates = ['2024-01-01', '2024-01-11', '2024-01-21'];
  for (const date of dates) await show(recordAt(date, 'running'));
  for (const date of dates) await show(recordAt(date, 'failed'));
  await writer.settle();
  for (const date of dates) {
    const { timestamp } = recordAt(date, 'failed');
    const page = await store.get(runPageKey(dag.dagId, timestamp));
    assert.match(page ? (await readAll(page.body)).toString() : '', /failed/, timestamp);
  }
});
