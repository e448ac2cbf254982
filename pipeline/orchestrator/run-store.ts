import { runRecordKey, runRecordsPrefix } from '../../tasks/artifacts/artifact-keys.ts';
import { parseJson } from '../../tasks/artifacts/parse-json.ts';
import { refuseUnconditionalStore } from '../../tasks/artifacts/stores/conditional-writes.ts';
import { type ObjectInfo, type ObjectStore, unchangedSince } from '../../tasks/artifacts/stores/object-store.ts';
import { readAll } from '../../tasks/artifacts/stores/read-all.ts';
import { PreconditionFailed } from '../../tasks/artifacts/stores/store-errors.ts';
import { type RunRecord, runRecordSchema } from './run-record.ts';

/** A run record as it was read or written, with what a later save depends on. */
export interface StoredRun {
  readonly record: RunRecord;
  readonly info: ObjectInfo;
}

export class InvalidRunRecord extends Error {
  override readonly name = 'InvalidRunRecord';
  constructor(key: string, found: string, options?: ErrorOptions) {
    const run = key.split('/').at(-2);
    super(`${key} is no run record of this version (${found}): 'npx pipeline clear ${run}' starts a new one`, options);
  }
}

/** Run records in the object store, saved by compare-and-swap. */
export class RunStore {
  readonly #store: ObjectStore;
  readonly #dagId: string;

  constructor(store: ObjectStore, dagId: string) {
    this.#store = store;
    this.#dagId = dagId;
  }

  async load(timestamp: string): Promise<StoredRun | undefined> {
    const key = runRecordKey(this.#dagId, timestamp);
    const object = await this.#store.get(key);
    if (!object) return undefined;
    const text = (await readAll(object.body)).toString();
    const record = parseRecord(key, text);
    if (record.timestamp !== timestamp) throw new InvalidRunRecord(key, `it is of run ${record.timestamp}`);
    return { record, info: object };
  }

  /**
   * Saves over exactly what was loaded (undefined: there was none).
   * @throws PreconditionFailed when someone else saved in between
   */
  async save(record: RunRecord, over: ObjectInfo | undefined): Promise<StoredRun> {
    try {
      return await this.#put(record, over);
    } catch (error) {
      // our own write may have arrived though its answer got lost, and the client's second try then met it
      const standing = error instanceof PreconditionFailed ? await this.load(record.timestamp) : undefined;
      if (standing && encode(standing.record) === encode(record)) return standing;
      throw error;
    }
  }

  /** Forgets a record that cannot be read. */
  async remove(timestamp: string): Promise<void> {
    await this.#store.delete(runRecordKey(this.#dagId, timestamp));
  }

  /** @throws NoConditionalWrites */
  async refuseUnconditionalStore({ record }: StoredRun): Promise<void> {
    const key = runRecordKey(this.#dagId, record.timestamp);
    await refuseUnconditionalStore(this.#store, key, Buffer.from(encode(record)));
  }

  /** The timestamps of all recorded runs, oldest first. */
  async list(): Promise<string[]> {
    const timestamps: string[] = [];
    for await (const { key } of this.#store.list(runRecordsPrefix(this.#dagId))) {
      const match = /\/(\d{8}T\d{6})\/run\.json$/.exec(key);
      if (match?.[1]) timestamps.push(match[1]);
    }
    return timestamps;
  }

  async #put(record: RunRecord, over: ObjectInfo | undefined): Promise<StoredRun> {
    const key = runRecordKey(this.#dagId, record.timestamp);
    const options = { condition: unchangedSince(over), contentType: 'application/json' };
    return { record, info: await this.#store.put(key, Buffer.from(encode(record)), options) };
  }
}

function encode(record: RunRecord): string {
  return `${JSON.stringify(runRecordSchema.parse(record), null, 2)}\n`;
}

function parseRecord(key: string, text: string): RunRecord {
  const content = parseJson(text);
  if (content === undefined) throw new InvalidRunRecord(key, 'it is not JSON');
  const parsed = runRecordSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const found = parsed.error.issues[0];
  const where = found?.path.length ? ` at ${found.path.join('.')}` : '';
  throw new InvalidRunRecord(key, `${found?.message ?? ''}${where}`, { cause: parsed.error });
}
