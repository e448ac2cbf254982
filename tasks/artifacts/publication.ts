import packageJson from '../../package.json' with { type: 'json' };
import { markerKey } from './artifact-keys.ts';
import type { ArtifactSet, ParametersOf } from './artifact-set.ts';
import { type ArtifactName, artifact, type TaskId } from './catalogue.ts';
import { Digest } from './digest.ts';
import { encodeMarker, type Marker } from './marker.ts';
import { type ObjectInfo, unchangedSince } from './stores/object-store.ts';
import { PreconditionFailed } from './stores/store-errors.ts';

/** Another attempt wrote the output, or what it is made from, in the meantime, and it is not published (yet). */
export class LostRace extends Error {
  override readonly name = 'LostRace';
  constructor(key: string) {
    super(`another attempt is writing ${key} or what it is made from: try again`);
  }
}

/** Who publishes. */
export interface Attempt {
  readonly task: TaskId;
  readonly number: number;
  readonly madeBy?: Pick<Marker, 'sourceRevision' | 'imageDigest'>;
  /** Once aborted, the next chunk read or put throws its reason. */
  readonly signal?: AbortSignal;
}

/** What goes into the marker and is known only once the body has streamed by. */
export type Describe = () => Pick<Marker, 'inputs'> & { readonly rows?: number; readonly statistics?: unknown };

/** What is there when the work is done: the output published by another attempt, or only the same bytes. */
type Standing = { readonly published: Marker } | { readonly sameBytes: ObjectInfo };

/**
 * The publication of one output by one attempt: note the etags when the attempt begins, work, look again, put the
 * artifact, then its marker, each on the condition that what was noted still stands, and check that it is published: an
 * attempt that began in between may have replaced the artifact. The old marker is not deleted: it names other bytes, so
 * it proves nothing.
 */
export class Publication {
  readonly #set: ArtifactSet;
  readonly #name: ArtifactName;
  readonly #key: string;
  readonly #parametersOf: ParametersOf;
  readonly #attempt: Attempt;
  readonly #notedArtifact: ObjectInfo | undefined;
  readonly #notedMarker: ObjectInfo | undefined;
  readonly #made = new Digest();

  private constructor(
    set: ArtifactSet,
    name: ArtifactName,
    parametersOf: ParametersOf,
    attempt: Attempt,
    noted: { readonly artifact: ObjectInfo | undefined; readonly marker: ObjectInfo | undefined },
  ) {
    this.#set = set;
    this.#name = name;
    this.#key = set.keyOf(name);
    this.#parametersOf = parametersOf;
    this.#attempt = attempt;
    this.#notedArtifact = noted.artifact;
    this.#notedMarker = noted.marker;
  }

  /** Notes the present etags of the output. */
  static async begin(
    set: ArtifactSet,
    name: ArtifactName,
    parametersOf: ParametersOf,
    attempt: Attempt,
  ): Promise<Publication> {
    const key = set.keyOf(name);
    // the marker first: one noted beside an older artifact would not be seen as new later
    const marker = await set.store.head(markerKey(key));
    return new Publication(set, name, parametersOf, attempt, { artifact: await set.store.head(key), marker });
  }

  /**
   * Returns the marker of what is published then: ours, or that of an attempt that was faster.
   * @throws LostRace when another attempt wrote the output meanwhile and has not published it
   */
  async publish(body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, describe: Describe): Promise<Marker> {
    const standing = await this.#put(body, describe);
    return 'published' in standing ? standing.published : this.#mark(standing.sameBytes, describe);
  }

  /** Of what this attempt has made, whichever is published. */
  get sha256(): string {
    return this.#made.sha256;
  }

  async #put(body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, describe: Describe): Promise<Standing> {
    const options = {
      condition: unchangedSince(this.#notedArtifact),
      contentType: artifact(this.#name).contentType,
    };
    try {
      return { sameBytes: await this.#set.store.put(this.#key, this.#unlessStanding(body, describe), options) };
    } catch (error) {
      if (error instanceof StandsAlready) return error.standing;
      const standing = error instanceof PreconditionFailed ? await this.#findStanding() : undefined;
      if (standing) return standing;
      throw error instanceof PreconditionFailed ? new LostRace(this.#key) : error;
    }
  }

  /** Passes the body through; at its end, stops the upload before it takes effect if nothing is left to put. */
  async *#unlessStanding(
    body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    describe: Describe,
  ): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      this.#attempt.signal?.throwIfAborted();
      this.#made.update(chunk);
      yield chunk;
    }
    // throws where an input was not read to its end
    describe();
    const standing = await this.#findStanding();
    if (standing) throw new StandsAlready(standing);
  }

  async #mark(artifact: ObjectInfo, describe: Describe): Promise<Marker> {
    const options = { condition: unchangedSince(this.#notedMarker), contentType: 'application/json' };
    try {
      await this.#set.store.put(markerKey(this.#key), encodeMarker(this.#markerOf(artifact, describe)), options);
    } catch (error) {
      if (!(error instanceof PreconditionFailed)) throw error;
    }
    const published = await this.#set.findPublished(this.#name, this.#parametersOf);
    if (!published) throw new LostRace(this.#key);
    return published;
  }

  /** Looks at the output once the work is done. A marker from before the work proves nothing about it. */
  async #findStanding(): Promise<Standing | undefined> {
    const marker = await this.#set.store.head(markerKey(this.#key));
    if (marker && marker.etag !== this.#notedMarker?.etag) {
      const published = await this.#set.findPublished(this.#name, this.#parametersOf);
      if (published) return { published };
    }
    const artifact = await this.#set.store.head(this.#key);
    const { bytes, sha256 } = this.#made;
    return artifact && (await this.#set.hasBytes(this.#name, artifact, bytes, sha256))
      ? { sameBytes: artifact }
      : undefined;
  }

  #markerOf(artifact: ObjectInfo, describe: Describe): Marker {
    const { inputs, rows = null, ...described } = describe();
    return {
      artifact: this.#key,
      bytes: this.#made.bytes,
      sha256: this.#made.sha256,
      etag: artifact.etag,
      rows,
      inputs,
      parameters: this.#parametersOf(this.#name),
      task: this.#attempt.task,
      attempt: this.#attempt.number,
      finishedAt: new Date().toISOString(),
      version: packageJson.version,
      ...this.#attempt.madeBy,
      ...described,
    };
  }
}

class StandsAlready extends Error {
  readonly standing: Standing;
  constructor(standing: Standing) {
    super();
    this.standing = standing;
  }
}
