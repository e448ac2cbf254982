import type { ObjectStore } from './object-store.ts';
import { PreconditionFailed } from './store-errors.ts';

export class NoConditionalWrites extends Error {
  override readonly name = 'NoConditionalWrites';
  constructor(url: string) {
    super(
      `${url} ignores conditional writes (If-None-Match), so two orchestrators could hold one lease: use another store`,
    );
  }
}

/**
 * Tries to create again the object that has these bytes.
 * @throws NoConditionalWrites when the store allows it
 */
export async function refuseUnconditionalStore(store: ObjectStore, key: string, bytes: Uint8Array): Promise<void> {
  try {
    await store.put(key, bytes, { condition: { ifAbsent: true } });
  } catch (error) {
    if (error instanceof PreconditionFailed) return;
    throw error;
  }
  throw new NoConditionalWrites(store.url);
}
