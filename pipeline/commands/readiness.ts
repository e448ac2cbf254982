import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Run } from '../../tasks/artifacts/run-dates.ts';
import { openStore } from '../../tasks/artifacts/stores/open-store.ts';
import { MissingBucket } from '../../tasks/artifacts/stores/store-errors.ts';
import { runDates } from '../../tasks/loans/query-dates.ts';
import { Stopped } from '../../tasks/runtime/errors.ts';
import { taskRecord } from '../orchestrator/run-record.ts';
import type { Pipeline } from './wiring.ts';

/**
 * Whether the run may begin: what READY_KEY names is there, or it has begun already. One that is cleared begins again.
 * Asks again every READY_EVERY_SECONDS, where that is set; nothing is held, and nothing is cleared, meanwhile.
 */
export async function isReady(
  pipeline: Pipeline,
  run: Run,
  signal: AbortSignal,
  isToBeCleared = false,
): Promise<boolean> {
  const { settings, dag, log } = pipeline;
  const { READY_KEY, READY_EVERY_SECONDS } = settings;
  if (READY_KEY === undefined || (!isToBeCleared && (await hasBegun(pipeline, run)))) return true;
  const key = Object.entries(runDates(dag.schedule, run)).reduce(
    (text, [name, date]) => text.replaceAll(`{${name}}`, date.toISOString().slice(0, 10)),
    READY_KEY,
  );
  while (!(await exists(pipeline, key))) {
    const next = READY_EVERY_SECONDS === undefined ? 'at the next wake-up' : `in ${READY_EVERY_SECONDS} s`;
    log.info(
      `run ${run.runId} does not begin: its data is not ready, ${key} is not there; it is asked for again ${next}`,
    );
    if (READY_EVERY_SECONDS === undefined) return false;
    await sleep(READY_EVERY_SECONDS * 1000, undefined, { signal }).catch(() => {});
    if (signal.aborted) throw new Stopped(`stopped; run ${run.runId} has not begun`);
  }
  return true;
}

async function hasBegun({ runs, dag }: Pipeline, { timestamp }: Run): Promise<boolean> {
  const tasks = (await runs.load(timestamp))?.record.tasks ?? {};
  return dag.tasks.some(({ taskId }) => {
    const { state, attempts, clearedThrough } = taskRecord({ tasks }, taskId);
    return state !== 'none' || (attempts.at(-1)?.number ?? 0) > clearedThrough;
  });
}

async function exists({ settings }: Pipeline, key: string): Promise<boolean> {
  const [, bucket, path = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(key) ?? [];
  if (bucket === undefined) return existsSync(key);
  const { S3_FORCE_PATH_STYLE } = settings;
  const store = await openStore({ ARTIFACT_STORE: `s3://${bucket}`, S3_FORCE_PATH_STYLE });
  try {
    return (await store.head(path)) !== undefined;
  } catch (error) {
    if (error instanceof MissingBucket) return false;
    throw error;
  }
}
