import { z } from 'zod';
import { ArtifactSet } from '../../tasks/artifacts/artifact-set.ts';
import { digestOf } from '../../tasks/artifacts/digest.ts';
import type { Run } from '../../tasks/artifacts/run-dates.ts';
import type { ObjectStore } from '../../tasks/artifacts/stores/object-store.ts';
import { BadInput } from '../../tasks/runtime/errors.ts';
import type { Candidate } from './champion.ts';
import { gatedScores } from './verdict.ts';

/** Where metrics.json has none, it is as undefined as the ROC AUC of a single class. */
const scoresSchema = z.object(Object.fromEntries(gatedScores.map((name) => [name, z.number().nullable().catch(null)])));

/**
 * The model of a run as a candidate: published, evaluated, current, and with the bytes that its marker names. Only the model
 * is read for that, and not held.
 * @throws BadInput when it is not
 */
export async function candidateOf(
  store: ObjectStore,
  dagId: string,
  { timestamp, runId }: Pick<Run, 'timestamp' | 'runId'>,
): Promise<Candidate> {
  const artifacts = new ArtifactSet(store, dagId, timestamp);
  const model = artifacts.keyOf('model');
  const marker = (await artifacts.findAllPublished(['model', 'metricsJson'])).get('model');
  const metrics = await artifacts.readPublishedJson('metricsJson');
  const object = marker && metrics !== undefined ? await store.get(model) : undefined;
  if (!object)
    throw new BadInput(`the model of run ${runId} is not published, or not evaluated: let the run succeed first`);
  const { sha256 } = await digestOf(object.body);
  if (sha256 !== marker?.sha256) throw new BadInput(`${model} was altered: run train_model again`);
  return { timestamp, runId, model, sha256, scores: scoresSchema.parse(metrics) };
}
