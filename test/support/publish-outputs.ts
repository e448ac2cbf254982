import type { ArtifactSet } from '../../tasks/artifacts/artifact-set.ts';
import { AttemptArtifacts } from '../../tasks/artifacts/attempt-artifacts.ts';
import { inputsOf, outputsOf, type TaskId } from '../../tasks/artifacts/catalogue.ts';
import { ofCreditDefault } from '../../tasks/dataset/dataset.ts';
import { type ArtifactSettings, parametersOf } from '../../tasks/runtime/settings.ts';

export const settings: ArtifactSettings = {
  DAG_ID: 'credit_default_pipeline',
  DATASET: ofCreditDefault,
  LOANS_TABLE: 'loans',
  AS_OF: 'now',
  TEST_SIZE: 0.2,
  RANDOM_STATE: 42,
  FOREST_ENGINE: 'sklearn-parity',
  N_ESTIMATORS: 100,
  MAX_DEPTH: 10,
  REPORT: 'full',
  COST_FALSE_NEGATIVE: 5,
  COST_FALSE_POSITIVE: 1,
};

/** Does what a task does to the store: reads its inputs, publishes its outputs. */
export async function publishOutputs(set: ArtifactSet, taskId: TaskId, attempt = 1): Promise<void> {
  const artifacts = await AttemptArtifacts.begin(set, outputsOf(taskId), parametersOf(settings), {
    task: taskId,
    number: attempt,
  });
  for (const input of inputsOf(taskId)) await Array.fromAsync(await artifacts.read(input));
  for (const output of outputsOf(taskId)) await artifacts.publish(output, [Buffer.from(`the bytes of ${output}`)]);
}
