import assert from 'node:assert/strict';
import { cp, readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { markerKey, runRecordKey } from '../../tasks/artifacts/artifact-keys.ts';
import { ArtifactSet } from '../../tasks/artifacts/artifact-set.ts';
import { outputsOf, type TaskId } from '../../tasks/artifacts/catalogue.ts';
import { DirectoryStore } from '../../tasks/artifacts/stores/directory/directory-store.ts';

const dagId = 'credit_default_pipeline';
const timestamp = '20240101T000000';

/** A copy of a store in which everything is published but what this task makes. */
export async function storeWithout(taskId: TaskId, from: string, directory: string): Promise<string> {
  await cp(from, directory, { recursive: true });
  const store = new DirectoryStore(directory);
  const artifacts = new ArtifactSet(store, dagId, timestamp);
  for (const output of outputsOf(taskId)) {
    await store.delete(artifacts.keyOf(output));
    await store.delete(markerKey(artifacts.keyOf(output)));
  }
  await store.delete(runRecordKey(dagId, timestamp));
  return directory;
}

/** Every process of a run has its store in its environment; one whose orchestrator was killed ends at its next step. */
export async function assertNoOrphans(store: string, about: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const left = await processesOf(store);
    if (left.length === 0) return;
    assert(performance.now() < deadline, `${about}: ${left} live on`);
    await sleep(50);
  }
}

async function processesOf(store: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      return environment.includes(`ARTIFACT_STORE=file://${store}\0`) ? [pid] : [];
    }),
  );
  return found.flat();
}
