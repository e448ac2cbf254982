import type { Holder, RunRecord } from '../../pipeline/orchestrator/run-record.ts';
import type { RunStore } from '../../pipeline/orchestrator/run-store.ts';

export const stranger: Holder = {
  id: 'a-stranger',
  host: 'another-host/00000000/1',
  pid: 1,
  startedAt: '2024-01-31T23:59:00.000Z',
};

/** Saves the run as another orchestrator would that has just taken the lease, or renews it. */
export async function saveAsStranger(runs: RunStore, record: RunRecord, holder: Holder = stranger): Promise<void> {
  const found = await runs.load(record.timestamp);
  const counter = (found?.record ?? record).lease.counter + 1;
  await runs.save({ ...(found?.record ?? record), lease: { holder, counter } }, found?.info);
}
