import type { RunRecord } from '../orchestrator/run-record.ts';
import { InvalidRunRecord, type RunStore } from '../orchestrator/run-store.ts';

const atOnce = 32;

/** The records of the latest runs, or of all, oldest first. One that cannot be read is left out. */
export async function loadRecords(runs: RunStore, count = Number.POSITIVE_INFINITY): Promise<RunRecord[]> {
  const timestamps = (await runs.list()).slice(-count);
  const records: RunRecord[][] = [];
  for (let from = 0; from < timestamps.length; from += atOnce) {
    records.push(
      ...(await Promise.all(timestamps.slice(from, from + atOnce).map((timestamp) => loadRecord(runs, timestamp)))),
    );
  }
  return records.flat();
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
