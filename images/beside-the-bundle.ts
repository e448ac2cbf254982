import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { Plugin } from 'esbuild';

const neighbour = /new URL\('(\.{1,2}\/[^']*)', import\.meta\.url\)/g;

/**
 * What our sources name by its place relative to their own (a thread's script, the kernel, the folder of the
 * entrypoints) lies beside the bundle instead, in the one folder that holds everything.
 * @param found gets the scripts and binaries that are named so
 */
export function besideTheBundle(found: Set<string>): Plugin {
  return {
    name: 'beside-the-bundle',
    setup({ onLoad }) {
      onLoad({ filter: /\/(pipeline|tasks)\/[^.]*\.ts$/ }, async ({ path }) => {
        const source = await readFile(path, 'utf8');
        for (const [, place = ''] of source.matchAll(neighbour))
          if (/\.(ts|wasm)$/.test(place)) found.add(resolve(dirname(path), place));
        return {
          loader: 'ts',
          contents: source.replace(neighbour, (_, place) => `new URL('./${besideName(place)}', import.meta.url)`),
        };
      });
    },
  };
}

function besideName(place: string): string {
  return place.endsWith('/') ? '' : basename(place).replace(/\.ts$/, '.mjs');
}
