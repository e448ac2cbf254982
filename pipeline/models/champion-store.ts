import { championKey, championMoveKey } from '../../tasks/artifacts/artifact-keys.ts';
import { digestOf } from '../../tasks/artifacts/digest.ts';
import { parseJson } from '../../tasks/artifacts/parse-json.ts';
import { type ObjectInfo, type ObjectStore, unchangedSince } from '../../tasks/artifacts/stores/object-store.ts';
import { readAll } from '../../tasks/artifacts/stores/read-all.ts';
import { PreconditionFailed } from '../../tasks/artifacts/stores/store-errors.ts';
import { type Candidate, type Champion, championSchema, type Decision } from './champion.ts';

/** Another move was first. */
export class ChampionMoved extends Error {
  override readonly name = 'ChampionMoved';
  constructor({ runId, decidedBy, decidedAt, reason }: Champion) {
    super(`${runId} was made champion by ${decidedBy} at ${decidedAt} (${reason}): look at it, then try again`);
  }
}

export class InvalidChampion extends Error {
  override readonly name = 'InvalidChampion';
  constructor(key: string) {
    super(`${key} is not a champion of this version: remove it, and 'npx pipeline promote' writes another`);
  }
}

/** What to do where its model is gone or altered. */
export function restoringAdvice({ timestamp }: Pick<Champion, 'timestamp'>): string {
  return `'npx pipeline promote ${timestamp} --reason TEXT' puts it back, where its run still has it`;
}

interface Stored {
  readonly champion: Champion;
  readonly info: ObjectInfo;
}

/**
 * Which model is champion, and every move that made one. A move is decided by the creation of its entry in the history, under the
 * next number, which only one mover can do; `champion.json` is then made equal to it. After a crash in between the next
 * mover makes it equal first, so that no move is lost and none is decided twice.
 */
export class ChampionStore {
  readonly #store: ObjectStore;
  readonly #dagId: string;

  constructor(store: ObjectStore, dagId: string) {
    this.#store = store;
    this.#dagId = dagId;
  }

  /** The champion; undefined before the first move. */
  async read(): Promise<Champion | undefined> {
    return (await this.#load(championKey(this.#dagId)))?.champion;
  }

  /** Every move, the first one first. */
  async history(): Promise<Champion[]> {
    const last = (await this.#settled())?.champion.number ?? 0;
    const numbers = Array.from({ length: last }, (_, i) => i + 1);
    const moves = await Promise.all(numbers.map((number) => this.#load(championMoveKey(this.#dagId, number))));
    return moves.flatMap((move) => (move ? [move.champion] : []));
  }

  /**
   * Makes the candidate champion, over the champion that its caller has seen.
   * @throws ChampionMoved when another move came in between
   */
  async move(candidate: Candidate, decision: Decision, seen: Champion | undefined): Promise<Champion> {
    const standing = await this.#settled();
    if (standing && standing.champion.number !== (seen?.number ?? 0)) throw new ChampionMoved(standing.champion);
    const number = (seen?.number ?? 0) + 1;
    const before = seen ? { timestamp: seen.timestamp, model: seen.model, sha256: seen.sha256 } : null;
    const champion = championSchema.parse({ version: 1, number, ...candidate, ...decision, before });
    const key = championMoveKey(this.#dagId, number);
    try {
      await this.#put(key, champion, undefined);
    } catch (error) {
      if (!(error instanceof PreconditionFailed)) throw error;
      const winner = (await this.#load(key))?.champion;
      await this.#settled();
      // our own write may have arrived though its answer got lost
      if (winner && encode(winner) !== encode(champion)) throw new ChampionMoved(winner);
    }
    await this.#settled();
    return champion;
  }

  /** What keeps the champion from being used: its model is gone or altered; undefined where nothing does. */
  async findFault({ model, sha256 }: Champion): Promise<string | undefined> {
    const object = await this.#store.get(model);
    if (!object) return `${model} is missing`;
    const found = await digestOf(object.body);
    return found.sha256 === sha256 ? undefined : `${model} was altered: it has not the hash that champion.json names`;
  }

  /** The champion, once the last move that was decided is carried out. */
  async #settled(): Promise<Stored | undefined> {
    for (;;) {
      const standing = await this.#load(championKey(this.#dagId));
      const decided = await this.#load(championMoveKey(this.#dagId, (standing?.champion.number ?? 0) + 1));
      if (!decided) return standing;
      try {
        await this.#put(championKey(this.#dagId), decided.champion, standing?.info);
      } catch (error) {
        // another has carried it out meanwhile
        if (!(error instanceof PreconditionFailed)) throw error;
      }
    }
  }

  async #load(key: string): Promise<Stored | undefined> {
    const object = await this.#store.get(key);
    if (!object) return undefined;
    const parsed = championSchema.safeParse(parseJson((await readAll(object.body)).toString()));
    if (!parsed.success) throw new InvalidChampion(key);
    return { champion: parsed.data, info: object };
  }

  async #put(key: string, champion: Champion, over: ObjectInfo | undefined): Promise<void> {
    const options = { condition: unchangedSince(over), contentType: 'application/json' };
    await this.#store.put(key, Buffer.from(encode(champion)), options);
  }
}

function encode(champion: Champion): string {
  return `${JSON.stringify(champion, null, 2)}\n`;
}
