import { rename, rm, writeFile } from 'node:fs/promises';
import { errorCode } from '../../tasks/artifacts/stores/directory/directory-errors.ts';
import { request } from './request.ts';

/** In one piece: a reader of the file sees the metrics of one moment. */
export async function writeMetrics(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}`;
  try {
    await writeFile(draft, text);
    await rename(draft, path);
  } catch (error) {
    throw new Error(`METRICS_FILE ${path} cannot be written (${errorCode(error)})`);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Replaces the group of this DAG in a Pushgateway. */
export async function pushMetrics(url: string, dagId: string, text: string): Promise<void> {
  const group = new URL(url);
  group.pathname = `${group.pathname.replace(/\/$/, '')}/metrics/job/credit_default_pipeline/dag/${encodeURIComponent(dagId)}`;
  const headers = { 'content-type': 'text/plain; version=0.0.4' };
  await request(group.href, { method: 'PUT', headers, body: text });
}
