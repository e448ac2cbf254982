import type {
  Body,
  BucketSettings,
  Condition,
  ListedObject,
  ObjectInfo,
  ObjectStore,
  PutOptions,
  StoredObject,
} from '../../tasks/artifacts/stores/object-store.ts';
import { PreconditionFailed } from '../../tasks/artifacts/stores/store-errors.ts';
import { collect, infoOf, inTwoChunks, type StoredBytes } from './memory-store.ts';

/** What an actor waits for: one atomic step of the store. */
export type Operation =
  | { readonly type: 'head' | 'get'; readonly key: string }
  | { readonly type: 'put'; readonly key: string; readonly bytes: Uint8Array; readonly condition?: Condition };

/** What the store answered: the object found or written, or that a condition did not hold. */
export type Answer = { readonly found: StoredBytes | undefined } | { readonly written: StoredBytes } | 'refused';

/** Code under test: it knows the world only through the store, so its answers decide all that it does. */
export type Behaviour<Outcome> = (store: ObjectStore) => Promise<Outcome>;

/** How far an actor has come: it waits for an operation, has an outcome, or has thrown. */
export interface Progress<Outcome> {
  readonly asked: readonly Operation[];
  readonly answers: readonly Answer[];
  readonly pending?: Operation;
  readonly outcome?: Outcome;
  readonly error?: unknown;
}

/** Runs the behaviour from its beginning, gives it these answers, and stops it at the operation that has none. */
export async function replay<Outcome>(
  behaviour: Behaviour<Outcome>,
  answers: readonly Answer[],
): Promise<Progress<Outcome>> {
  const store = new RecordedStore(answers);
  let end: { outcome: Outcome } | { error: unknown } | undefined;
  behaviour(store).then(
    (outcome) => {
      end = { outcome };
    },
    (error: unknown) => {
      end = { error };
    },
  );
  // all that does not wait for the store has happened by then
  await new Promise(setImmediate);
  const pending = store.asked[answers.length];
  return { asked: store.asked, answers, ...(pending && { pending }), ...end };
}

class RecordedStore implements ObjectStore {
  readonly url = 'recorded:///';
  readonly asked: Operation[] = [];
  readonly #answers: readonly Answer[];

  constructor(answers: readonly Answer[]) {
    this.#answers = answers;
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    const found = await this.#find({ type: 'head', key });
    return found && infoOf(found);
  }

  async get(key: string): Promise<StoredObject | undefined> {
    const found = await this.#find({ type: 'get', key });
    return found && { ...infoOf(found), body: inTwoChunks(found.bytes) };
  }

  async put(key: string, body: Body, { condition }: PutOptions = {}): Promise<ObjectInfo> {
    const bytes = await collect(body);
    const answer = await this.#ask({ type: 'put', key, bytes, ...(condition && { condition }) });
    if (answer === 'refused') throw new PreconditionFailed(key);
    if (!('written' in answer)) throw new Error(`put ${key} was answered as if it were another operation`);
    return infoOf(answer.written);
  }

  async #find(operation: Operation): Promise<StoredBytes | undefined> {
    const answer = await this.#ask(operation);
    if (answer === 'refused' || !('found' in answer))
      throw new Error(`${operation.type} was answered as if it were put`);
    return answer.found;
  }

  #ask(operation: Operation): Promise<Answer> {
    if (this.asked.length > this.#answers.length) throw new Error('an actor must do one operation after another');
    const answer = this.#answers[this.asked.length];
    this.asked.push(operation);
    if (answer) return Promise.resolve(answer);
    return new Promise(() => {});
  }

  list(): AsyncIterable<ListedObject> {
    throw new Error('no actor lists objects');
  }

  delete(): Promise<void> {
    throw new Error('no actor deletes objects');
  }

  ensureBucket(): Promise<void> {
    throw new Error('no actor makes a bucket');
  }

  applyBucketSettings(): Promise<BucketSettings> {
    throw new Error('no actor sets a bucket up');
  }
}
