import { hostname, userInfo } from 'node:os';
import { ArtifactSet } from '../../tasks/artifacts/artifact-set.ts';
import { digestOf } from '../../tasks/artifacts/digest.ts';
import type { Run } from '../../tasks/artifacts/run-dates.ts';
import type { ObjectStore } from '../../tasks/artifacts/stores/object-store.ts';
import { BadInput } from '../../tasks/runtime/errors.ts';
import type { Candidate, Champion } from './champion.ts';

/**
 * The model of a run as a candidate: published, current, and with the bytes that its marker names.
 * @throws BadInput when it is not
 */
export async function candidateOf(
  store: ObjectStore,
  dagId: string,
  run: Pick<Run, 'timestamp' | 'runId'>,
  reason: string,
  now: Date,
): Promise<Candidate> {
  const artifacts = new ArtifactSet(store, dagId, run.timestamp);
  const needed = ['model', 'metricsJson'] as const;
  if (!(await artifacts.arePublished(needed, undefined, 'bytes')))
    throw new BadInput(`the model of run ${run.runId} is not published, or not evaluated: let the run succeed first`);
  const marker = await artifacts.readMarker('model');
  const scores = Object.entries((await artifacts.readPublishedJson('metricsJson')) ?? {}).filter(isScore);
  return {
    timestamp: run.timestamp,
    runId: run.runId,
    model: artifacts.keyOf('model'),
    sha256: marker?.sha256 ?? '',
    scores: Object.fromEntries(scores),
    reason,
    decidedBy: `${userInfo().username}@${hostname()}`,
    decidedAt: now.toISOString(),
  };
}

function isScore(entry: [string, unknown]): entry is [string, number | null] {
  return typeof entry[1] === 'number' || entry[1] === null;
}

/** What keeps the champion from being used: its model is gone or altered; undefined where nothing does. */
export async function championFault(store: ObjectStore, { model, sha256 }: Champion): Promise<string | undefined> {
  const object = await store.get(model);
  if (!object) return `${model} is missing`;
  const found = await digestOf(object.body);
  return found.sha256 === sha256 ? undefined : `${model} was altered: it has not the hash that champion.json names`;
}
