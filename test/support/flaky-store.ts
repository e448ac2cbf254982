import type { Body, ObjectInfo, PutOptions, StoredObject } from '../../tasks/artifacts/stores/object-store.ts';
import { StoreUnavailable } from '../../tasks/artifacts/stores/store-errors.ts';
import { MemoryStore } from './memory-store.ts';

/** A store that does not answer while it is away. */
export class FlakyStore extends MemoryStore {
  isAway = false;

  override async head(key: string): Promise<ObjectInfo | undefined> {
    this.#answer();
    return super.head(key);
  }

  override async get(key: string): Promise<StoredObject | undefined> {
    this.#answer();
    return super.get(key);
  }

  override async put(key: string, body: Body, options?: PutOptions): Promise<ObjectInfo> {
    this.#answer();
    return super.put(key, body, options);
  }

  #answer(): void {
    if (this.isAway) throw new StoreUnavailable('no answer');
  }
}
