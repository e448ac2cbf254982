import { markerKey } from '../../tasks/artifacts/artifact-keys.ts';
import { ArtifactSet } from '../../tasks/artifacts/artifact-set.ts';
import { AttemptArtifacts } from '../../tasks/artifacts/attempt-artifacts.ts';
import { type ArtifactName, artifact, inputsOf } from '../../tasks/artifacts/catalogue.ts';
import type { Marker } from '../../tasks/artifacts/marker.ts';
import type { ObjectStore } from '../../tasks/artifacts/stores/object-store.ts';
import { parametersOf } from '../../tasks/runtime/settings.ts';
import { MemoryStore } from './memory-store.ts';
import { settings } from './publish-outputs.ts';

export function setOver(store: ObjectStore): ArtifactSet {
  return new ArtifactSet(store, 'credit_default_pipeline', '20240101T000000');
}

export function keyOf(name: ArtifactName): string {
  return setOver(new MemoryStore()).keyOf(name);
}

export function markerKeyOf(name: ArtifactName): string {
  return markerKey(keyOf(name));
}

/** Begins an attempt of the task that makes `name`. */
export function begin(store: ObjectStore, name: ArtifactName, given = settings, number = 1): Promise<AttemptArtifacts> {
  return AttemptArtifacts.begin(setOver(store), [name], parametersOf(given), { task: artifact(name).task, number });
}

export async function readInputs(attempt: AttemptArtifacts, name: ArtifactName): Promise<void> {
  for (const input of inputsOf(artifact(name).task)) await Array.fromAsync(await attempt.read(input));
}

/** A whole attempt, as if forced: begins, reads its inputs, publishes. */
export async function publish(
  store: ObjectStore,
  name: ArtifactName,
  body: string,
  given = settings,
  number = 1,
): Promise<Marker> {
  const attempt = await begin(store, name, given, number);
  await readInputs(attempt, name);
  return attempt.publish(name, chunksOf(body));
}

/** The loans, both artifacts trained from them, and the metrics. */
export async function publishRun(store: ObjectStore): Promise<void> {
  await publish(store, 'loans', 'ten loans');
  await publish(store, 'testLoans', 'two of ten');
  await publish(store, 'model', 'a forest');
  await publish(store, 'metrics', 'accuracy');
}

export function chunksOf(text: string): Uint8Array[] {
  return [Buffer.from(text.slice(0, 3)), Buffer.from(text.slice(3))];
}
