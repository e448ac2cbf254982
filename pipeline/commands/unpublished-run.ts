import { type ArtifactName, artifactNames } from '../../tasks/artifacts/catalogue.ts';
import type { Run } from '../../tasks/artifacts/run-dates.ts';
import { UsageError } from '../../tasks/runtime/errors.ts';
import type { RunStore } from '../orchestrator/run-store.ts';

/** Why a run cannot be compared: there is no such run, or these of its artifacts are missing. */
export async function unpublishedRun(
  runs: RunStore,
  { timestamp, runId }: Run,
  missing: readonly ArtifactName[],
): Promise<UsageError> {
  const isKnown = missing.length < artifactNames.length || (await runs.list()).includes(timestamp);
  if (!isKnown) return new UsageError([`there is no run ${runId}: 'npx pipeline status' names those that there are`]);
  return new UsageError([
    `run ${runId} has not published ${missing.join(', ')}: 'npx pipeline status ${timestamp}' says how far it came`,
  ]);
}
