import { parseJson } from './parse-json.ts';
import type { ObjectStore } from './stores/object-store.ts';
import { readAll } from './stores/read-all.ts';

/** The object's content; undefined where there is no such object, or it is not JSON. */
export async function readJson(store: ObjectStore, key: string): Promise<unknown> {
  const object = await store.get(key);
  return object && parseJson((await readAll(object.body)).toString());
}
