import { keptModelKey } from '../../tasks/artifacts/artifact-keys.ts';
import { Digest } from '../../tasks/artifacts/digest.ts';
import type { ObjectStore } from '../../tasks/artifacts/stores/object-store.ts';
import { BadInput } from '../../tasks/runtime/errors.ts';
import type { Candidate } from './champion.ts';
import { restoringAdvice } from './champion-store.ts';

/**
 * Keeps the model of a candidate under a key that is its hash, before it becomes champion. A run that is done again replaces its
 * own model, and so takes none from those who use the champion, or from a rollback.
 * @returns the candidate at that key
 * @throws BadInput when its model is gone, or not the one that was looked at
 */
export async function keepModel(store: ObjectStore, dagId: string, candidate: Candidate): Promise<Candidate> {
  const { model, sha256 } = candidate;
  const object = await store.get(model);
  if (!object) throw new BadInput(`${model} is missing: ${restoringAdvice(candidate)}`);
  const kept = keptModelKey(dagId, sha256);
  await store.put(kept, verified(object.body, candidate));
  return { ...candidate, model: kept };
}

async function* verified(body: AsyncIterable<Uint8Array>, candidate: Candidate): AsyncGenerator<Uint8Array> {
  const digest = new Digest();
  for await (const chunk of body) {
    digest.update(chunk);
    yield chunk;
  }
  // what throws here is not written
  if (digest.sha256 !== candidate.sha256)
    throw new BadInput(`${candidate.model} was altered: ${restoringAdvice(candidate)}`);
}
