import { setTimeout as sleep } from 'node:timers/promises';

/** How long monitoring may hold up the end of a run. */
const patienceSeconds = 5;

/** Waits for the work, but no longer than that; it never rejects. */
export async function withinPatience(work: Promise<unknown>): Promise<void> {
  const limit = new AbortController();
  const patience = sleep(patienceSeconds * 1000, undefined, { signal: limit.signal }).catch(() => {});
  await Promise.race([work, patience]).catch(() => {});
  limit.abort();
}
