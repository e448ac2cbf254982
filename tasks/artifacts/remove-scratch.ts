import { scratchPrefix } from './artifact-keys.ts';
import type { ArtifactSet } from './artifact-set.ts';
import type { TaskId } from './catalogue.ts';

/** Deletes what attempts of a task have left for the next: once its outputs are published, none needs it. */
export async function removeScratch({ store, dagId, timestamp }: ArtifactSet, taskId: TaskId): Promise<void> {
  const prefix = scratchPrefix(dagId, timestamp, taskId);
  if (prefix) for await (const { key } of store.list(prefix)) await store.delete(key);
}
