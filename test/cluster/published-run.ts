import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { creditDefaultDag } from '../../pipeline/credit-default-dag.ts';
import { ArtifactSet } from '../../tasks/artifacts/artifact-set.ts';
import { AttemptArtifacts } from '../../tasks/artifacts/attempt-artifacts.ts';
import { runOf } from '../../tasks/artifacts/run-dates.ts';
import { openStore } from '../../tasks/artifacts/stores/open-store.ts';
import { parametersOf } from '../../tasks/runtime/settings.ts';
import { artifactHashes, logicalDate, runCommand } from '../support/pipeline-command.ts';
import { settings } from '../support/publish-outputs.ts';

const loans = new URL('../golden/plain-400/loans.csv', import.meta.url);

/** A run done by local processes, from loans published beforehand; the hashes of its artifacts. */
export async function publishRun(directory: string): Promise<Record<string, string>> {
  const store = await openStore({ ARTIFACT_STORE: pathToFileURL(directory).href });
  await store.ensureBucket();
  const set = new ArtifactSet(
    store,
    'credit_default_pipeline',
    runOf(creditDefaultDag.schedule, logicalDate, new Date()).timestamp,
  );
  const artifacts = await AttemptArtifacts.begin(set, ['loans'], parametersOf(settings), {
    task: 'fetch_data',
    number: 1,
  });
  await artifacts.publish('loans', [await readFile(loans)]);
  const { code, said } = await runCommand(['run', '--logical-date', logicalDate], { ARTIFACT_STORE: store.url });
  assert.equal(code, 0, said);
  return artifactHashes(directory);
}
