import type { RunRecord } from '../orchestrator/run-record.ts';
import { InvalidRunRecord, type RunStore } from '../orchestrator/run-store.ts';
import { inBatches } from './in-batches.ts';

/** The records of the latest runs, or of all, oldest first. One that cannot be read is left out. */
export async function loadRecords(runs: RunStore, count = Number.POSITIVE_INFINITY): Promise<RunRecord[]> {
  const timestamps = (await runs.list()).slice(-count);
  return (await inBatches(timestamps, (timestamp) => loadRecord(runs, timestamp))).flat();
}

/** None where there is no such run, or none that can be read. */
export async function loadRecord(runs: RunStore, timestamp: string): Promise<RunRecord[]> {
  try {
    const stored = await runs.load(timestamp);
    return stored ? [stored.record] : [];
  } catch (error) {
    if (error instanceof InvalidRunRecord) return [];
    throw error;
  }
}
