import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { artifactKey } from '../../tasks/artifacts/artifact-keys.ts';
import { DirectoryStore } from '../../tasks/artifacts/stores/directory/directory-store.ts';

const dag = 'credit_default_pipeline';
const entrypoint = join(import.meta.dirname, '../../tasks/fetch-data.ts');

export const loansKey = artifactKey(dag, '20240101T000000', 'loans');
export const profileKey = artifactKey(dag, '20240101T000000', 'profile');

export interface FetchAttempt {
  readonly process: ChildProcess;
  readonly store: DirectoryStore;
  readonly progress: readonly unknown[];
  /** Everything it says. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null; readonly output: string }>;
}

/** The fetch_data task of the run 20240101T000000, as a process of its own. */
export async function startFetch(directory: string, environment: NodeJS.ProcessEnv): Promise<FetchAttempt> {
  const store = new DirectoryStore(directory);
  await store.ensureBucket();
  const child = spawn(process.execPath, [entrypoint, '--logical-date', '2024-01-01'], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { PATH: process.env.PATH, ARTIFACT_STORE: store.url, ...environment },
  });
  const { stdout, stderr } = child;
  assert.ok(stdout && stderr);
  const progress: unknown[] = [];
  child.on('message', (message) => progress.push(message));
  const ended = Promise.all([once(child, 'exit'), text(stdout), text(stderr)]).then(([[code, signal], out, err]) => ({
    code,
    signal,
    output: out + err,
  }));
  return { process: child, store, progress, ended };
}

export async function fetchedLoans(store: DirectoryStore, key = loansKey): Promise<string | undefined> {
  const object = await store.get(key);
  return object && (await text(object.body));
}

/** Neither an artifact nor a marker. */
export async function assertNothingPublished(store: DirectoryStore): Promise<void> {
  const found: string[] = [];
  for await (const { key } of store.list(`${dag}/`)) found.push(key);
  assert.deepEqual(found, []);
}
