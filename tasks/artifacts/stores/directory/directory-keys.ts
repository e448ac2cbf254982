import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessAbsent } from './directory-errors.ts';

/** The keys that start with `prefix`, in byte order as S3 has them, of the files under `root`. */
export async function* keysUnder(root: string, hidden: string, prefix: string, folder = ''): AsyncGenerator<string> {
  for (const name of await namesInKeyOrder(join(root, folder))) {
    const key = folder + name;
    if (!key.endsWith('/')) {
      if (key.startsWith(prefix)) yield key;
    } else if (key !== `${hidden}/` && (key.startsWith(prefix) || prefix.startsWith(key))) {
      yield* keysUnder(root, hidden, prefix, key);
    }
  }
}

/** Folders end in `/`, so that sorting the names of each folder sorts whole keys. */
async function namesInKeyOrder(folder: string): Promise<string[]> {
  const entries = (await unlessAbsent(readdir(folder, { withFileTypes: true }))) ?? [];
  const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
  return names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
