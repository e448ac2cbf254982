import type { ArtifactSet, ParametersOf } from './artifact-set.ts';
import { type ArtifactName, artifact, type TaskId } from './catalogue.ts';
import { Digest } from './digest.ts';
import type { Marker } from './marker.ts';
import { type Attempt, Publication } from './publication.ts';

/** An input is not published, is stale, or is not the bytes its marker names: its task has to run first. */
export class InputRefused extends Error {
  override readonly name = 'InputRefused';
  constructor(key: string, found: string, task: TaskId) {
    super(`${key} ${found}: run ${task} first`);
  }
}

/** What is counted while the body streams by; called after its end. */
export type Count = () => { readonly rows?: number; readonly statistics?: unknown };

/** What one attempt reads and publishes. */
export class AttemptArtifacts {
  readonly #set: ArtifactSet;
  readonly #attempt: Attempt;
  readonly #publications: ReadonlyMap<ArtifactName, Publication>;
  /** Hashes of what was read to its end, or made. */
  readonly #inputs = new Map<ArtifactName, string>();

  private constructor(set: ArtifactSet, attempt: Attempt, publications: ReadonlyMap<ArtifactName, Publication>) {
    this.#set = set;
    this.#attempt = attempt;
    this.#publications = publications;
  }

  /**
   * Notes the present etags of the attempt's outputs. Call it before asking whether they are published: what another
   * attempt publishes between the question and the note would be replaced.
   */
  static async begin(
    set: ArtifactSet,
    outputs: readonly ArtifactName[],
    parametersOf: ParametersOf,
    attempt: Attempt,
  ): Promise<AttemptArtifacts> {
    const begun = outputs.map(
      async (name) => [name, await Publication.begin(set, name, parametersOf, attempt)] as const,
    );
    return new AttemptArtifacts(set, attempt, new Map(await Promise.all(begun)));
  }

  /**
   * The bytes of an input. Hashed on the way: the last step throws when they are not the published ones, and nothing
   * can be published from an input that was not read to its end.
   * @throws InputRefused when it is not published, stale, or altered
   */
  async read(name: ArtifactName): Promise<AsyncIterable<Uint8Array>> {
    const key = this.#set.keyOf(name);
    const { task } = artifact(name);
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
      throw new InputRefused(marker.artifact, found, artifact(name).task);
    }
    const before = this.#inputs.get(name) ?? digest.sha256;
    if (before !== digest.sha256) {
      throw new InputRefused(marker.artifact, 'changed since it was first read', artifact(name).task);
    }
    this.#inputs.set(name, digest.sha256);
  }

  /**
   * Publishes an output. Returns the marker of what is published then: ours, or that of an attempt that was faster.
   * @throws LostRace when another attempt wrote the output meanwhile and has not published it
   */
  async publish(
    name: ArtifactName,
    body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    count: Count = () => ({}),
  ): Promise<Marker> {
    const publication = this.#publications.get(name);
    if (!publication) throw new Error(`${name} was not declared as an output of ${this.#attempt.task}`);
    const marker = await publication.publish(body, () => ({ inputs: this.#usedInputs(name), ...count() }));
    // what this attempt makes from it is made from its own bytes, also where another's are published
    this.#inputs.set(name, publication.sha256);
    return marker;
  }

  /** What the output was made from; every input must have been read to its end. */
  #usedInputs(name: ArtifactName): Marker['inputs'] {
    return artifact(name).reads.map((input) => ({
      key: this.#set.keyOf(input),
      sha256: this.sha256OfInput(input),
    }));
  }

  /** The hash of an input that was read to its end. */
  sha256OfInput(input: ArtifactName): string {
    const sha256 = this.#inputs.get(input);
    if (!sha256) throw new Error(`${this.#attempt.task} asks for the hash of ${input} before it was read to its end`);
    return sha256;
  }
}
