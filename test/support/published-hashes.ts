import { ArtifactSet } from '../../tasks/artifacts/artifact-set.ts';
import { artifactNames } from '../../tasks/artifacts/catalogue.ts';
import { digestOf } from '../../tasks/artifacts/digest.ts';
import { openStore } from '../../tasks/artifacts/stores/open-store.ts';

/** The sha256 of every artifact's bytes in a bucket, by key; undefined where its marker does not vouch for them. */
export async function publishedHashes(
  bucket: string,
  timestamp: string,
): Promise<Readonly<Record<string, string | undefined>>> {
  const store = await openStore({ S3_BUCKET: bucket });
  const set = new ArtifactSet(store, 'credit_default_pipeline', timestamp);
  const entries = artifactNames.map(async (name) => {
    const object = await store.get(set.keyOf(name));
    const sha256 = object && (await digestOf(object.body)).sha256;
    return [set.keyOf(name), sha256 === (await set.readMarker(name))?.sha256 ? sha256 : undefined] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
