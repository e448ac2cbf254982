import { artifactKey, markerKey } from './artifact-keys.ts';
import { type ArtifactName, artifact } from './catalogue.ts';
import { digestOf, sha256Of } from './digest.ts';
import { type Marker, type Parameters, readMarker } from './marker.ts';
import { parseJson } from './parse-json.ts';
import type { ObjectInfo, ObjectStore } from './stores/object-store.ts';
import { readAll } from './stores/read-all.ts';

/** Whether the etag that a marker names is proof enough, or only the bytes are. */
export type Trust = 'etag' | 'bytes';

/** The settings that decide an artifact's bytes, as they stand in its marker. */
export type ParametersOf = (name: ArtifactName) => Parameters;

/** What one question has found so far, so that a shared input is read once. */
type Look = Map<ArtifactName, Promise<Marker | undefined>>;

/**
 * The artifacts of one run, and the one question that everything rests on: an artifact is published when it and its
 * marker exist and match, and current when its inputs and deciding settings are still the ones it was made from.
 */
export class ArtifactSet {
  readonly store: ObjectStore;
  readonly dagId: string;
  readonly timestamp: string;
  readonly #hashes = new Map<string, string>();

  constructor(store: ObjectStore, dagId: string, timestamp: string) {
    this.store = store;
    this.dagId = dagId;
    this.timestamp = timestamp;
  }

  keyOf(name: ArtifactName): string {
    return artifactKey(this.dagId, this.timestamp, name);
  }

  /**
   * True when every one of `names` is published and current. Inputs are compared by hash, recursively; parameters only
   * for `names` themselves and only when `parametersOf` is given: a reader cannot know what decided its inputs.
   */
  async arePublished(
    names: readonly ArtifactName[],
    parametersOf?: ParametersOf,
    trust: Trust = 'etag',
  ): Promise<boolean> {
    return (await this.findMissing(names, parametersOf, trust)).length === 0;
  }

  /** Those of `names` that are not published and current. */
  async findMissing(
    names: readonly ArtifactName[],
    parametersOf?: ParametersOf,
    trust: Trust = 'etag',
  ): Promise<ArtifactName[]> {
    const look: Look = new Map();
    const markers = await Promise.all(names.map((name) => this.#findPublished(name, parametersOf, trust, look)));
    return names.filter((_, at) => markers[at] === undefined);
  }

  /** The markers of those of `names` that are published and current, as far as a reader can know. */
  async findAllPublished(names: readonly ArtifactName[]): Promise<ReadonlyMap<ArtifactName, Marker>> {
    const look: Look = new Map();
    const found = await Promise.all(
      names.map(async (name) => {
        const marker = await this.#findPublished(name, undefined, 'etag', look);
        return marker ? [[name, marker] as const] : [];
      }),
    );
    return new Map(found.flat());
  }

  /** The marker of an artifact that is published and current. */
  findPublished(name: ArtifactName, parametersOf: ParametersOf): Promise<Marker | undefined> {
    return this.#findPublished(name, parametersOf, 'etag', new Map());
  }

  async #findPublished(
    name: ArtifactName,
    parametersOf: ParametersOf | undefined,
    trust: Trust,
    look: Look,
  ): Promise<Marker | undefined> {
    const marker = await this.#proven(name, trust, look);
    if (!marker) return undefined;
    if (parametersOf && !sameParameters(marker.parameters, parametersOf(name))) return undefined;
    return (await this.#areInputsCurrent(name, marker, trust, look)) ? marker : undefined;
  }

  /** True when every input of `name` still has the bytes that `marker` says it was made from. */
  areInputsCurrent(name: ArtifactName, marker: Marker): Promise<boolean> {
    return this.#areInputsCurrent(name, marker, 'etag', new Map());
  }

  async #areInputsCurrent(name: ArtifactName, marker: Marker, trust: Trust, look: Look): Promise<boolean> {
    for (const input of artifact(name).reads) {
      const used = marker.inputs.find(({ key }) => key === this.keyOf(input));
      const standing = await this.#proven(input, trust, look);
      if (!used || standing?.sha256 !== used.sha256) return false;
      if (!(await this.#areInputsCurrent(input, standing, trust, look))) return false;
    }
    return true;
  }

  #proven(name: ArtifactName, trust: Trust, look: Look): Promise<Marker | undefined> {
    const seen = look.get(name) ?? this.#lookAt(name, trust);
    look.set(name, seen);
    return seen;
  }

  /**
   * The marker, if the artifact it names stands: same size and etag, or else the same bytes. The marker is read first:
   * its artifact was there before it, so an etag found still standing after it stood beside it when it was read.
   */
  async #lookAt(name: ArtifactName, trust: Trust): Promise<Marker | undefined> {
    const key = this.keyOf(name);
    const marker = await this.readMarker(name);
    const found = marker && (await this.store.head(key));
    if (!found || marker.bytes !== found.size) return undefined;
    const byEtag = marker.etag === found.etag ? marker.sha256 : undefined;
    const known = this.#hashes.get(`${key} ${found.etag}`) ?? byEtag;
    if (trust === 'etag' && known === marker.sha256) return marker;
    // a hash that disagrees is computed again: the same bytes may have been put back under the same etag
    return (await this.#hash(key, found)) === marker.sha256 ? marker : undefined;
  }

  /** The marker beside an artifact, whether or not it is right; one that names another artifact counts as none. */
  async readMarker(name: ArtifactName): Promise<Marker | undefined> {
    const marker = await readMarker(this.store, markerKey(this.keyOf(name)));
    return marker?.artifact === this.keyOf(name) ? marker : undefined;
  }

  /** The content of a JSON artifact whose bytes are those that its marker names; undefined where there is none. */
  async readPublishedJson(name: ArtifactName): Promise<unknown> {
    const bytes = await this.readPublished(name);
    return bytes && parseJson(bytes.toString());
  }

  /** The bytes of an artifact, if they are those that its marker names. */
  async readPublished(name: ArtifactName): Promise<Buffer | undefined> {
    const marker = await this.readMarker(name);
    const object = marker && (await this.store.get(this.keyOf(name)));
    const bytes = object && (await readAll(object.body));
    return bytes && sha256Of(bytes) === marker?.sha256 ? bytes : undefined;
  }

  /** True when the object that stands under the artifact's key has exactly these bytes. */
  async hasBytes(name: ArtifactName, standing: ObjectInfo, bytes: number, sha256: string): Promise<boolean> {
    if (standing.size !== bytes) return false;
    const key = this.keyOf(name);
    return (this.#hashes.get(`${key} ${standing.etag}`) ?? (await this.#hash(key, standing))) === sha256;
  }

  /** The hash of the object with this etag, from its bytes; undefined when it is another one by now. */
  async #hash(key: string, { etag }: ObjectInfo): Promise<string | undefined> {
    const object = await this.store.get(key);
    if (!object) return undefined;
    const { sha256 } = await digestOf(object.body);
    this.#hashes.set(`${key} ${object.etag}`, sha256);
    return object.etag === etag ? sha256 : undefined;
  }
}

function sameParameters(a: Parameters, b: Parameters): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => name in b && a[name] === b[name]);
}
