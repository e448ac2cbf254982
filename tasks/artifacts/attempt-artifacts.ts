import packageJson from '../../package.json' with { type: 'json' };
import { type ArtifactName, artifactTable, type DecidingSettings, markerKey, type TaskId } from './artifact-keys.ts';
import { type ArtifactSet, parametersOf } from './artifact-set.ts';
import { Digest } from './digest.ts';
import { encodeMarker, type Marker } from './marker.ts';
import { type ObjectInfo, unchangedSince } from './object-store.ts';
import { PreconditionFailed } from './store-errors.ts';

/** An input is not published, is stale, or is not the bytes its marker names: its task has to run first. */
export class InputRefused extends Error {
  override readonly name = 'InputRefused';
  constructor(key: string, found: string, task: TaskId) {
    super(`${key} ${found}: run ${task} first`);
  }
}

/** Another attempt wrote the output, or what it is made from, in the meantime, and it is not published (yet). */
export class LostRace extends Error {
  override readonly name = 'LostRace';
  constructor(key: string) {
    super(`another attempt is writing ${key} or what it is made from: try again`);
  }
}

/** What is counted while the body streams by; asked for after its end. */
export type Describe = () => { readonly rows?: number; readonly statistics?: unknown };

interface Attempt {
  readonly task: TaskId;
  readonly number: number;
  /** Once aborted, nothing more is read or put; its reason is thrown. */
  readonly signal?: AbortSignal;
}

interface Noted {
  readonly artifact: ObjectInfo | undefined;
  readonly marker: ObjectInfo | undefined;
}

/** What already stands when the work is done: all of it, published by someone else, or only the same bytes. */
type Standing = { readonly published: Marker } | { readonly sameBytes: ObjectInfo };

/**
 * What one attempt reads and publishes. Publishing is: note what stands when the attempt begins, work, look again, put
 * the artifact, then its marker, each on the condition that what was noted still stands, and see that it is published:
 * an attempt that began in between may have replaced the artifact. The old marker need not be deleted: it names other
 * bytes, so nobody believes it.
 */
export class AttemptArtifacts {
  readonly #set: ArtifactSet;
  readonly #settings: DecidingSettings;
  readonly #attempt: Attempt;
  readonly #noted: ReadonlyMap<ArtifactName, Noted>;
  readonly #inputs = new Map<ArtifactName, string>();

  private constructor(
    set: ArtifactSet,
    settings: DecidingSettings,
    attempt: Attempt,
    noted: ReadonlyMap<ArtifactName, Noted>,
  ) {
    this.#set = set;
    this.#settings = settings;
    this.#attempt = attempt;
    this.#noted = noted;
  }

  /**
   * Notes what stands of the attempt's outputs. Call it before asking whether they are published: what another attempt
   * publishes between the asking and the noting would be replaced.
   */
  static async begin(
    set: ArtifactSet,
    outputs: readonly ArtifactName[],
    settings: DecidingSettings,
    attempt: Attempt,
  ): Promise<AttemptArtifacts> {
    const noted = await Promise.all(
      outputs.map(async (name) => {
        const key = set.keyOf(name);
        // the marker first: one noted beside an older artifact would not be seen as new later
        const marker = await set.store.head(markerKey(key));
        return [name, { artifact: await set.store.head(key), marker }] as const;
      }),
    );
    return new AttemptArtifacts(set, settings, attempt, new Map(noted));
  }

  /**
   * The bytes of an input. Hashed on the way: the last step throws when they are not the published ones, and nothing
   * can be published from an input that was not read to its end.
   * @throws InputRefused when it is not published, stale, or altered
   */
  async read(name: ArtifactName): Promise<AsyncIterable<Uint8Array>> {
    const key = this.#set.keyOf(name);
    const { task } = artifactTable[name];
    const marker = await this.#set.readMarker(name);
    if (!marker) throw new InputRefused(key, 'is not published (there is no valid marker beside it)', task);
    if (!(await this.#set.areInputsCurrent(name, marker))) {
      throw new InputRefused(key, 'is stale (what it was made from has changed)', task);
    }
    const object = await this.#set.store.get(key);
    if (!object) throw new InputRefused(key, 'is missing, though its marker is there', task);
    return this.#verified(name, marker, object.body);
  }

  async *#verified(name: ArtifactName, marker: Marker, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const digest = new Digest();
    for await (const chunk of body) {
      this.#attempt.signal?.throwIfAborted();
      digest.update(chunk);
      yield chunk;
    }
    if (digest.sha256 !== marker.sha256) {
      const found = `was altered (${digest.bytes} bytes with another hash, published were ${marker.bytes})`;
      throw new InputRefused(marker.artifact, found, artifactTable[name].task);
    }
    const before = this.#inputs.get(name) ?? digest.sha256;
    if (before !== digest.sha256) {
      throw new InputRefused(marker.artifact, 'changed since it was first read', artifactTable[name].task);
    }
    this.#inputs.set(name, digest.sha256);
  }

  /**
   * Publishes an output; the marker of what is published then, ours or that of an attempt that was faster.
   * @throws LostRace when another attempt wrote the output meanwhile and has not published it
   */
  async publish(
    name: ArtifactName,
    body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    describe: Describe = () => ({}),
  ): Promise<Marker> {
    const made = new Digest();
    const standing = await this.#put(name, body, made);
    if ('published' in standing) return standing.published;
    return this.#mark(name, standing.sameBytes, made, describe);
  }

  async #put(
    name: ArtifactName,
    body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    made: Digest,
  ): Promise<Standing> {
    let standing: Standing | undefined;
    const lookAgain = async () => {
      this.#usedInputs(name);
      standing = await this.#findStanding(name, made);
      return standing !== undefined;
    };
    const options = {
      condition: unchangedSince(this.#notedOf(name).artifact),
      contentType: artifactTable[name].contentType,
    };
    try {
      return {
        sameBytes: await this.#set.store.put(
          this.#set.keyOf(name),
          unlessStanding(this.#untilAborted(body), made, lookAgain),
          options,
        ),
      };
    } catch (error) {
      if (error instanceof PreconditionFailed) await lookAgain();
      else if (!(error instanceof StandsAlready)) throw error;
      if (!standing) throw new LostRace(this.#set.keyOf(name));
      return standing;
    }
  }

  async *#untilAborted(body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      this.#attempt.signal?.throwIfAborted();
      yield chunk;
    }
  }

  async #mark(name: ArtifactName, artifact: ObjectInfo, made: Digest, describe: Describe): Promise<Marker> {
    const marker = this.#markerOf(name, artifact, made, describe);
    const key = markerKey(marker.artifact);
    const options = { condition: unchangedSince(this.#notedOf(name).marker), contentType: 'application/json' };
    try {
      await this.#set.store.put(key, encodeMarker(marker), options);
    } catch (error) {
      if (!(error instanceof PreconditionFailed)) throw error;
    }
    const published = await this.#set.findPublished(name, this.#settings);
    if (!published) throw new LostRace(marker.artifact);
    return published;
  }

  /** Looks at an output once the work is done. A marker that stood before the work began says nothing about it. */
  async #findStanding(name: ArtifactName, made: Digest): Promise<Standing | undefined> {
    const key = this.#set.keyOf(name);
    const marker = await this.#set.store.head(markerKey(key));
    if (marker && marker.etag !== this.#notedOf(name).marker?.etag) {
      const published = await this.#set.findPublished(name, this.#settings);
      if (published) return { published };
    }
    const artifact = await this.#set.store.head(key);
    if (artifact && (await this.#set.hasBytes(name, artifact, made.bytes, made.sha256))) return { sameBytes: artifact };
    return undefined;
  }

  #markerOf(name: ArtifactName, artifact: ObjectInfo, made: Digest, describe: Describe): Marker {
    return {
      artifact: this.#set.keyOf(name),
      bytes: made.bytes,
      sha256: made.sha256,
      etag: artifact.etag,
      inputs: this.#usedInputs(name),
      parameters: parametersOf(name, this.#settings),
      task: this.#attempt.task,
      attempt: this.#attempt.number,
      finishedAt: new Date().toISOString(),
      version: packageJson.version,
      rows: null,
      ...describe(),
    };
  }

  #notedOf(name: ArtifactName): Noted {
    const noted = this.#noted.get(name);
    if (!noted) throw new Error(`${name} was not declared as an output of ${this.#attempt.task}`);
    return noted;
  }

  /** What the output was made from; every input must have been read to its end. */
  #usedInputs(name: ArtifactName): Marker['inputs'] {
    return artifactTable[name].inputs.map((input) => ({
      key: this.#set.keyOf(input),
      sha256: this.sha256OfInput(input),
    }));
  }

  /** Of an input that was read to its end. */
  sha256OfInput(input: ArtifactName): string {
    const sha256 = this.#inputs.get(input);
    if (!sha256) throw new Error(`${this.#attempt.task} asks for the hash of ${input} before it was read to its end`);
    return sha256;
  }
}

class StandsAlready extends Error {}

/** Passes the body through; at its end, stops the upload before it takes effect when there is nothing left to put. */
async function* unlessStanding(
  body: AsyncIterable<Uint8Array>,
  made: Digest,
  isStanding: () => Promise<boolean>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    made.update(chunk);
    yield chunk;
  }
  if (await isStanding()) throw new StandsAlready();
}
